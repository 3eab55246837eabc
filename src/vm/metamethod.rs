//! Metamethods: their names, and the quick way to find that there is none.

use crate::value::{ABSENT_MODE, Str, Table, Unpacked, Value, field_key};

use super::state::State;

macro_rules! events {
    ($($name:ident = $text:literal,)*) => {
        /// What a metamethod is asked for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Event { $($name,)* }

        const KEYS: [(Value<'static>, u32); Event::COUNT] = [$(key($text),)*];
        const NAMES: [&str; Event::COUNT] = [$($text,)*];

        impl Event {
            const COUNT: usize = [$($text,)*].len();
        }
    };
}

events! {
    Index = "__index",
    NewIndex = "__newindex",
    Call = "__call",
    Eq = "__eq",
    Len = "__len",
    Lt = "__lt",
    Le = "__le",
    Add = "__add",
    Sub = "__sub",
    Mul = "__mul",
    Div = "__div",
    Mod = "__mod",
    IDiv = "__idiv",
    Pow = "__pow",
    BAnd = "__band",
    BOr = "__bor",
    BXor = "__bxor",
    Shl = "__shl",
    Shr = "__shr",
    Unm = "__unm",
    BNot = "__bnot",
    Concat = "__concat",
    Close = "__close",
    Gc = "__gc",
    Mode = "__mode",
    Name = "__name",
    ToString = "__tostring",
    Metatable = "__metatable",
    Pairs = "__pairs",
}

/// The key `__index`, and its hash.
pub(crate) const INDEX_KEY: (Value<'static>, u32) = KEYS[Event::Index as usize];

const _: () = assert!(Event::COUNT <= 32, "`absent` has a bit for each");

const _: () = assert!(Event::Mode as u32 == ABSENT_MODE);

const fn key(text: &str) -> (Value<'static>, u32) {
    match field_key(text.as_bytes()) {
        Some(key) => key,
        None => panic!("names of metamethods are short strings"),
    }
}

impl Event {
    /// The key in a metatable.
    pub(crate) const fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

/// The metamethod that `metatable` has for `event`, nil if none; remembers an absence.
#[inline(always)]
pub(crate) fn lookup<'r>(metatable: Table<'r>, event: Event) -> Value<'r> {
    let bit = 1 << event as u32;
    if metatable.object().absent.get() & bit != 0 {
        return Value::NIL;
    }
    lookup_slow(metatable, event)
}

#[inline(never)]
fn lookup_slow<'r>(metatable: Table<'r>, event: Event) -> Value<'r> {
    let (key, hash) = KEYS[event as usize];
    let found = metatable.get_key(key, hash);
    if found.is_nil() {
        let absent = &metatable.object().absent;
        absent.set(absent.get() | 1 << event as u32);
    }
    found
}

impl<'r> State<'r> {
    /// The metatable of any value.
    #[inline]
    pub(crate) fn metatable_of(&self, value: Value<'r>) -> Option<Table<'r>> {
        match value.unpack() {
            Unpacked::Table(table) => table.metatable(),
            Unpacked::UserData(userdata) => userdata.metatable(),
            _ => self.type_metatable(value).get(),
        }
    }

    /// The metamethod of any value for `event`, nil if none.
    #[inline]
    pub(crate) fn metamethod(&self, value: Value<'r>, event: Event) -> Value<'r> {
        self.metatable_of(value)
            .map_or(Value::NIL, |metatable| lookup(metatable, event))
    }

    /// What messages call the type of `value`: its `__name` if that is a string.
    pub(crate) fn type_name_of(&self, value: Value<'r>) -> Str<'r> {
        let named = matches!(value.unpack(), Unpacked::Table(_) | Unpacked::UserData(_));
        let name = if named {
            self.metamethod(value, Event::Name)
        } else {
            Value::NIL
        };
        name.as_str()
            .unwrap_or_else(|| Str::literal(value.type_name()))
    }
}
