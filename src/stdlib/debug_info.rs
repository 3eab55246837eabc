//! `debug.getinfo`.
#![forbid(unsafe_code)]

use crate::error::Error;
use crate::value::source_name::ShownSource;
use crate::value::{Closure, Str, Table, Value};
use crate::vm::{Activation, Call, Reply};

use super::debug::thread_arg;

/// What is asked for unless a script says so.
const DEFAULT_OPTIONS: &str = "flnSrtu";
const OPTIONS: &[u8] = b"SlnrutLf";

pub(super) fn getinfo<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (thread, shift) = thread_arg(call);
    let options = call.whole_string_opt(shift + 2)?;
    let options = options.unwrap_or(Str::literal(DEFAULT_OPTIONS));
    if options.as_bytes().first() == Some(&b'>') {
        return Err(call.arg_error(shift + 2, b"invalid option '>'"));
    }
    let subject = call.arg(shift + 1);
    let activation = if subject.is_function() {
        None
    } else {
        let level = i64::from(call.int(shift + 1)? as i32);
        match call.state.activation(thread, level)? {
            Some(activation) => Some(activation),
            None => return call.one(Value::NIL),
        }
    };
    if !options
        .as_bytes()
        .iter()
        .all(|letter| OPTIONS.contains(letter))
    {
        return Err(call.arg_error(shift + 2, b"invalid option"));
    }
    let function = activation.map_or(subject, |activation| activation.function);
    let info = Info {
        call,
        table: call.table(0, 8)?,
        function,
        activation,
    };
    for letter in OPTIONS {
        if options.as_bytes().contains(letter) {
            info.fill(*letter)?;
        }
    }
    call.one(info.table.to_value())
}

/// The table that is being filled, and what it is about.
struct Info<'c, 'r> {
    call: &'c Call<'r>,
    table: Table<'r>,
    function: Value<'r>,
    activation: Option<Activation<'r>>,
}

impl<'r> Info<'_, 'r> {
    fn set(&self, name: &'static str, value: Value<'r>) -> Result<(), Error<'r>> {
        let state = self.call.state;
        let key = state.str(name.as_bytes())?;
        Ok(self.table.raw_set_str(&state.store, key, value)?)
    }

    fn fill(&self, letter: u8) -> Result<(), Error<'r>> {
        let closure = self.function.as_closure();
        match letter {
            b'S' => self.source(closure),
            b'l' => {
                let line = self.activation.map_or(-1, |activation| activation.line());
                self.set("currentline", Value::int(line))
            }
            b'n' => self.name(),
            b'r' => {
                let transfer = self.call.state.hooks.transfer.get();
                let is_hooked = self.is_hooked_level();
                let (first, count) = if is_hooked { transfer } else { (0, 0) };
                self.set("ftransfer", Value::int(first as i64))?;
                self.set("ntransfer", Value::int(count as i64))
            }
            b'u' => self.counts(closure),
            b't' => {
                let is_tail_call = self.activation.is_some_and(|call| call.is_tail_call());
                self.set("istailcall", Value::bool(is_tail_call))
            }
            b'L' => match closure {
                Some(closure) => {
                    let lines = self.lines(closure)?;
                    self.set("activelines", lines)
                }
                None => Ok(()),
            },
            _ => self.set("func", self.function),
        }
    }

    /// Whether it is about the function that a hook, which runs now, was called for.
    fn is_hooked_level(&self) -> bool {
        self.activation
            .is_some_and(|activation| activation.is_below_hook())
    }

    fn source(&self, closure: Option<Closure<'r>>) -> Result<(), Error<'r>> {
        let state = self.call.state;
        let (source, what, lines) = match closure {
            Some(closure) => {
                let proto = closure.proto().get();
                let source = closure.source_name().unwrap_or(Str::literal("=?"));
                let what = if proto.line_defined == 0 {
                    "main"
                } else {
                    "Lua"
                };
                (
                    source,
                    what,
                    (proto.line_defined.into(), proto.last_line.into()),
                )
            }
            None => (Str::literal("=[C]"), "C", (-1, -1)),
        };
        let shown = ShownSource::new(source.as_bytes());
        self.set("source", source.to_value())?;
        self.set("short_src", state.str(shown.as_bytes())?.to_value())?;
        self.set("what", Str::literal(what).to_value())?;
        self.set("linedefined", Value::int(lines.0))?;
        self.set("lastlinedefined", Value::int(lines.1))
    }

    fn name(&self) -> Result<(), Error<'r>> {
        let symbol = self
            .activation
            .and_then(|activation| self.call.state.name_of(&activation));
        let kind = symbol.map_or("", |symbol| symbol.kind);
        self.set("namewhat", Str::literal(kind).to_value())?;
        match symbol {
            Some(symbol) => {
                self.call.state.charge_bytes(symbol.text().len())?;
                let name = self.call.state.str(symbol.text())?;
                self.set("name", name.to_value())
            }
            None => Ok(()),
        }
    }

    fn counts(&self, closure: Option<Closure<'r>>) -> Result<(), Error<'r>> {
        let (upvalues, params, is_vararg) = match closure {
            Some(closure) => {
                let proto = closure.proto().get();
                let params = usize::from(proto.param_count);
                (closure.upvalue_count(), params, proto.is_vararg)
            }
            None => {
                let native = self.function.as_native();
                (native.map_or(0, |native| native.captured_count()), 0, true)
            }
        };
        self.set("nups", Value::int(upvalues as i64))?;
        self.set("nparams", Value::int(params as i64))?;
        self.set("isvararg", Value::bool(is_vararg))
    }

    /// The lines that have code.
    fn lines(&self, closure: Closure<'r>) -> Result<Value<'r>, Error<'r>> {
        let state = self.call.state;
        let lines = self.call.table(0, 0)?;
        for line in closure.proto().get().lines.as_slice() {
            self.call.charge(1)?;
            if *line > 0 {
                lines.raw_set_int(&state.store, i64::from(*line), Value::bool(true))?;
            }
        }
        Ok(lines.to_value())
    }
}
