//! What a host adds to errors: notes of what is being done, causes, errors of other libraries.
#![forbid(unsafe_code)]

use core::fmt;

use super::Lua;
use crate::error::{Details, Error, ErrorKind, HostCode, build_notes, causes_of};
use crate::value::Str;
use crate::vm::State;

/// A note that is open until this guard is dropped; see [`Lua::context`].
#[must_use = "the note is closed when the guard is dropped"]
pub struct Context<'r> {
    state: &'r State<'r>,
    before: u16,
}

impl Drop for Context<'_> {
    fn drop(&mut self) {
        self.state.close_context(self.before);
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

impl<'r> Lua<'r> {
    /// Notes what is being done, until the guard is dropped: errors raised meanwhile carry the
    /// note. Scripts have `debug.context(note, f, ...)` for that.
    ///
    /// It costs no allocation: notes lie in a fixed place of 512 bytes, and what does not fit is
    /// cut.
    ///
    /// ```
    /// # use bumpalo::Bump;
    /// # use lunette::{Arena, Engine};
    /// # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
    /// let program = engine.compile("handler.lua", "error('no such user')")?;
    /// let error = engine.enter(&mut arena, &out, |region| {
    ///     let _note = region.context(format_args!("GET {}", "/users/42"));
    ///     region.eval::<()>(&program)
    /// });
    /// let error = error.expect_err("the script raises one");
    /// assert_eq!(error.to_string(), "handler.lua:1: no such user");
    /// assert!(format!("{error:#}").contains("\nin GET /users/42\n"));
    /// # Ok::<(), lunette::OwnedError>(())
    /// ```
    pub fn context(self, note: impl fmt::Display) -> Context<'r> {
        Context {
            state: self.state,
            before: self.state.open_context(&note),
        }
    }

    /// An error with a code of the host's own, which `pcall` catches.
    #[cold]
    pub fn error_with_code(self, code: HostCode, message: impl AsRef<[u8]>) -> Error<'r> {
        let kind = ErrorKind::Custom(code);
        let error = Error::with_message(&self.state.store, kind, message.as_ref());
        self.state.add_contexts(&error);
        error
    }

    /// An error of the host's side with the message of `error`, and the messages of the whole
    /// chain of its sources as causes.
    #[cold]
    pub fn error_from(self, error: &dyn core::error::Error) -> Error<'r> {
        let raised = self.error(error.to_string());
        self.add_causes(&raised, &causes_of(error));
        raised
    }

    /// An error with `message` that was caused by `cause`, whose message, contexts and causes it
    /// tells.
    #[cold]
    pub fn error_caused_by(self, message: impl AsRef<[u8]>, cause: &Error<'_>) -> Error<'r> {
        let raised = self.error(message);
        let mut causes = vec![cause.to_string()];
        for text in cause.causes() {
            causes.push(String::from_utf8_lossy(text).into_owned());
        }
        self.add_causes(&raised, &causes);
        raised
    }

    /// An error of another region, or of a caller's memory, as one of this region: code, message,
    /// contexts, causes and traceback, as far as there is room.
    #[cold]
    pub fn adopt(self, error: &Error<'_>) -> Error<'r> {
        error.adopt_into(&self.state.store)
    }

    fn add_causes(self, error: &Error<'r>, causes: &[String]) {
        if causes.is_empty() || !error.has_payload() {
            return;
        }
        let list = build_notes(&self.state.store, |each| {
            causes.iter().for_each(|cause| each(cause.as_bytes()));
        });
        // Without room the causes are left out.
        let list: Option<Str<'r>> = list.ok();
        error.update(|details: &mut Details<'r>| details.causes = list);
    }
}

/// Results of other libraries on their way into a region.
pub trait Raise<T> {
    /// The value, or the error as one of the region, with its chain of sources; see
    /// [`Lua::error_from`].
    ///
    /// ```
    /// # use bumpalo::Bump;
    /// # use lunette::{Arena, Engine};
    /// use lunette::Raise;
    ///
    /// # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
    /// let read = engine.enter(&mut arena, &out, |region| {
    ///     let text = std::fs::read_to_string("/no/such/file").raise(region)?;
    ///     Ok(text.len())
    /// });
    /// let error = read.expect_err("there is no such file");
    /// assert!(error.to_string().contains("No such file"));
    /// ```
    ///
    /// # Errors
    /// The error that there was.
    fn raise<'r>(self, lua: impl Into<Lua<'r>>) -> Result<T, Error<'r>>;
}

impl<T, E: core::error::Error> Raise<T> for Result<T, E> {
    fn raise<'r>(self, lua: impl Into<Lua<'r>>) -> Result<T, Error<'r>> {
        self.map_err(|error| lua.into().error_from(&error))
    }
}
