//! A request on its way to a handler: from the connection's parts to a table.
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::sync::Arc;

use hyper::body::Bytes;
use hyper::{HeaderMap, Method, Uri, header};
use lunette::{Error, Lua, Table, Value};

/// A request, whole, as the connection gave it.
#[derive(Debug)]
pub(super) struct HttpRequest {
    /// What answer and log call it.
    pub(super) id: RequestId,
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) peer: Arc<Peer>,
}

/// Who is at the other end of a connection.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) address: String,
    pub(super) port: u16,
}

/// The name of a request in answers and in the log: twelve hexadecimal digits, the first four
/// another in each process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestId([u8; Self::LEN]);

impl RequestId {
    const LEN: usize = 12;

    pub(super) fn new(process: u16, number: u32) -> Self {
        let mut id = u64::from(process) << 32 | u64::from(number);
        let mut text = [0; Self::LEN];
        for digit in text.iter_mut().rev() {
            *digit = b"0123456789abcdef"[(id & 15) as usize];
            id >>= 4;
        }
        Self(text)
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Fills in the table that a handler gets: one that is there with all its keys, which costs less
/// than making it.
///
/// # Errors
/// The region has no room for it.
pub(super) fn fill<'r>(
    lua: Lua<'r>,
    table: Table<'r>,
    request: &HttpRequest,
    ignoring_case: Table<'r>,
    params: Option<&matchit::Params<'_, '_>>,
) -> Result<(), Error<'r>> {
    let query = request.uri.query().unwrap_or_default();
    let headers = headers(lua, &request.headers)?;
    headers.set_metatable(Some(ignoring_case));
    let set = |name, value: Value<'r>| lua.raw_set(table, name, value);
    set("method", lua.str(request.method.as_str())?.to_value())?;
    set("path", lua.str(request.uri.path())?.to_value())?;
    set("query", pairs(lua, query)?.to_value())?;
    set("query_string", lua.str(query)?.to_value())?;
    set("headers", headers.to_value())?;
    set("body", lua.str(&request.body)?.to_value())?;
    set("remote_address", lua.str(&request.peer.address)?.to_value())?;
    set("remote_port", Value::int(request.peer.port.into()))?;
    set("id", lua.str(request.id.0)?.to_value())?;
    let Some(params) = params else {
        return set("params", Value::NIL);
    };
    let table = lua.table(std::iter::empty::<(Value<'r>, Value<'r>)>())?;
    for (name, value) in params.iter() {
        lua.raw_set(table, name, &*decoded(value, false))?;
    }
    set("params", table.to_value())
}

/// Headers by their names in lower case; those that come more than once are joined.
fn headers<'r>(lua: Lua<'r>, headers: &HeaderMap) -> Result<Table<'r>, Error<'r>> {
    let table = lua.table(std::iter::empty::<(Value<'r>, Value<'r>)>())?;
    for name in headers.keys() {
        let mut values = headers.get_all(name).iter();
        let first = values.next().map_or(&[][..], |value| value.as_bytes());
        let separator: &[u8] = match *name == header::COOKIE {
            true => b"; ",
            false => b", ",
        };
        let mut value = Cow::Borrowed(first);
        for more in values {
            value.to_mut().extend_from_slice(separator);
            value.to_mut().extend_from_slice(more.as_bytes());
        }
        lua.raw_set(table, name.as_str(), &*value)?;
    }
    Ok(table)
}

/// The pairs of a query or of a form; of those with the same name the last counts.
fn pairs<'r>(lua: Lua<'r>, text: &str) -> Result<Table<'r>, Error<'r>> {
    let table = lua.table(std::iter::empty::<(Value<'r>, Value<'r>)>())?;
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        lua.raw_set(table, &*decoded(name, true), &*decoded(value, true))?;
    }
    Ok(table)
}

/// Text without percent-encoding; what is not an encoding stays as it is.
fn decoded(text: &str, plus_is_blank: bool) -> Cow<'_, [u8]> {
    let bytes = text.as_bytes();
    let is_special = |byte: &u8| *byte == b'%' || (plus_is_blank && *byte == b'+');
    let Some(start) = bytes.iter().position(is_special) else {
        return Cow::Borrowed(bytes);
    };
    let mut plain = bytes[..start].to_vec();
    let mut rest = &bytes[start..];
    while let [first, tail @ ..] = rest {
        let digits = tail.first_chunk::<2>().filter(|_| *first == b'%');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|c| c.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                rest = &tail[2..];
            }
            None => {
                let is_blank = plus_is_blank && *first == b'+';
                plain.push(if is_blank { b' ' } else { *first });
                rest = tail;
            }
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone() {
        for (text, plain) in [
            ("plain", "plain"),
            ("a+b%20c", "a b c"),
            ("%e4%BD%A0", "\u{4f60}"),
            ("100%", "100%"),
            ("%4", "%4"),
            ("%+1", "% 1"),
            ("%zz%41", "%zzA"),
        ] {
            assert_eq!(&*decoded(text, true), plain.as_bytes(), "{text}");
        }
        assert_eq!(&*decoded("a+b", false), b"a+b");
    }

    #[test]
    fn requests_are_named() {
        assert_eq!(RequestId::new(0xBEEF, 10).as_str(), "beef0000000a");
    }
}
