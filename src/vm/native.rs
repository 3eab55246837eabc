//! Functions of the host: how they are called, how they read arguments and give results.
#![allow(unsafe_code)]
//!
//! ```text
//!   stack:  ... | function | arg 1 | arg 2 | ... | arg n |  free: nested calls are built here
//!                 ^ slot                                  ^ thread.top
//! ```
//!
//! - **N1** Results are written from the function's own slot upwards, over the arguments, as the
//!   last thing a function does; the reply says how many.
//! - **N2** A function that wants a script function called, a coroutine resumed or itself yielded
//!   puts a [`Request`] and replies [`Reply::REQUEST`]; the loop carries it out without the Rust
//!   stack.

use crate::error::Error;
use crate::memory::Bound;
use crate::value::{Native, SLACK, STACK_MAX, Str, Table, Thread, Value};

use super::state::State;

/// The signature of host functions of this crate.
pub(crate) type NativeFn = for<'c, 'r> fn(&'c Call<'r>) -> Result<Reply, Error<'r>>;

/// What a host function has to say when it returns: how many results, or that it put a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct Reply(i32);

impl Reply {
    /// `State::request` says what is to be done.
    pub(crate) const REQUEST: Self = Self(-1);

    /// The number of results, unless there is a request.
    #[inline(always)]
    pub(crate) fn count(self) -> Option<usize> {
        usize::try_from(self.0).ok()
    }
}

/// How a called function's errors are kept from going further.
#[derive(Clone, Copy)]
pub(crate) enum Protection<'r> {
    /// They are not.
    None,
    /// As `pcall`: the results are a status, and the values or the error.
    Catch,
    /// As `xpcall`, with a message handler.
    Handle(Value<'r>),
}

/// What a host function asks of the loop.
#[derive(Clone, Copy)]
pub(crate) enum Request<'r> {
    /// Nothing.
    None,
    /// No results, and the loop is to be entered anew.
    Reload,
    /// Call the function at stack index `func` with `count` arguments behind it. Its results
    /// become the host function's own, or are given to the continuation, which finds the first
    /// `kept` arguments of the host function where they were.
    Call {
        func: usize,
        count: usize,
        kept: usize,
        protection: Protection<'r>,
        continuation: Option<NativeFn>,
    },
    /// Resume `thread` with the `count` values from stack index `from` on. `is_wrap`: as
    /// `coroutine.wrap` does, without a status and with errors going on.
    Resume {
        thread: Thread<'r>,
        from: usize,
        count: usize,
        is_wrap: bool,
    },
    /// Evacuate, run the finalizers that are due, and return `result`, which is no object.
    Collect { result: Value<'r> },
    /// Yield the `count` values from stack index `from` on.
    Yield { from: usize, count: usize },
    /// Do `what` with the `count` values from stack index `from` on, and call the host function
    /// again with the results: the `kept` values behind its slot are its arguments then.
    Again {
        what: Again,
        from: usize,
        count: usize,
        kept: usize,
    },
    /// Wait for the host, and show it the `count` values from stack index `from` on; what it
    /// answers is the result.
    Wait { from: usize, count: usize },
}

/// What is done before a host function is called again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// The first value is called with the others.
    Call,
    /// The values are yielded.
    Yield,
    /// The values are shown to the host, who answers.
    Wait,
}

/// One call of a host function: its arguments, and the way back.
pub(crate) struct Call<'r> {
    pub(crate) state: &'r State<'r>,
    /// Stack index of the function.
    pub(crate) slot: usize,
    /// How many arguments there are.
    pub(crate) count: usize,
    /// In a continuation: where the results of the call it waited for are.
    pub(crate) results: (usize, usize),
}

impl<'r> Call<'r> {
    /// A first call, not a continuation.
    #[inline(always)]
    pub(crate) fn new(state: &'r State<'r>, slot: usize, count: usize) -> Self {
        Self {
            state,
            slot,
            count,
            results: (0, 0),
        }
    }

    /// Calls the entry point of `native`.
    #[inline(always)]
    pub(crate) fn enter(&self, native: Native<'r>) -> Result<Reply, Error<'r>> {
        // SAFETY: natives are made with `entry_of`, from a `NativeFn`.
        let entry = unsafe { core::mem::transmute::<*const (), NativeFn>(native.entry()) };
        entry(self)
    }

    #[inline(always)]
    fn thread(&self) -> Thread<'r> {
        self.state.current.get()
    }

    /// The function that is called, for its captured values.
    pub(crate) fn callee(&self) -> Option<Native<'r>> {
        self.thread().get(self.slot).as_native()
    }

    /// The argument at `position`, counted from 1; nil where there is none.
    #[inline(always)]
    pub(crate) fn arg(&self, position: usize) -> Value<'r> {
        if position <= self.count {
            // SAFETY: arguments are on the stack behind the function.
            unsafe { self.thread().slot(self.slot + position).read() }
        } else {
            Value::NIL
        }
    }

    /// Replaces an argument, for continuations to find.
    pub(crate) fn set_arg(&self, position: usize, value: Value<'r>) {
        debug_assert!((1..=self.count).contains(&position));
        self.thread().set(self.slot + position, value);
    }

    /// The same call with other arguments, for continuations to find.
    ///
    /// # Errors
    /// The stack cannot hold them.
    pub(crate) fn with_args(&self, args: &[Value<'r>]) -> Result<Self, Error<'r>> {
        self.thread()
            .ensure(&self.state.store, self.slot + 1 + args.len())?;
        for (index, arg) in args.iter().enumerate() {
            self.thread().set(self.slot + 1 + index, *arg);
        }
        self.thread()
            .object()
            .top
            .set((self.slot + 1 + args.len()) as u32);
        Ok(Self::new(self.state, self.slot, args.len()))
    }

    /// The level of the function that called this one, for positions: in a continuation the newest
    /// frame is this function's own.
    pub(crate) fn caller_level(&self) -> usize {
        if self.is_continuation() { 2 } else { 1 }
    }

    fn is_continuation(&self) -> bool {
        self.results.0 > 0
    }

    /// Whether an argument was passed at `position`, be it nil.
    #[inline(always)]
    pub(crate) fn has(&self, position: usize) -> bool {
        position <= self.count
    }

    /// In a continuation: the `index`th result (from 0) of the call that it waited for.
    pub(crate) fn result(&self, index: usize) -> Value<'r> {
        let (from, count) = self.results;
        if index < count {
            self.thread().get(from + index)
        } else {
            Value::NIL
        }
    }

    /// No results.
    #[inline(always)]
    pub(crate) fn none(&self) -> Result<Reply, Error<'r>> {
        Ok(Reply(0))
    }

    /// One result.
    #[inline(always)]
    pub(crate) fn one(&self, value: Value<'r>) -> Result<Reply, Error<'r>> {
        // SAFETY: the function's own slot is on the stack.
        unsafe { self.thread().slot(self.slot).write(value) };
        Ok(Reply(1))
    }

    /// Two results.
    #[inline(always)]
    pub(crate) fn two(&self, first: Value<'r>, second: Value<'r>) -> Result<Reply, Error<'r>> {
        // SAFETY: there are slots above every frame (K2).
        unsafe { self.thread().slot(self.slot + 1).write(second) };
        // SAFETY: the function's own slot is on the stack.
        unsafe { self.thread().slot(self.slot).write(first) };
        Ok(Reply(2))
    }

    /// Any number of results.
    ///
    /// # Errors
    /// The stack cannot hold them.
    pub(crate) fn values(&self, values: &[Value<'r>]) -> Result<Reply, Error<'r>> {
        self.generate(values.len(), |index| values[index])
    }

    /// `count` results, made one by one.
    ///
    /// # Errors
    /// The stack cannot hold them.
    pub(crate) fn generate(
        &self,
        count: usize,
        mut value: impl FnMut(usize) -> Value<'r>,
    ) -> Result<Reply, Error<'r>> {
        if !self.has_room(count)? {
            return Err(self.error(b"stack overflow (too many results)"));
        }
        for index in 0..count {
            self.thread().set(self.slot + index, value(index));
        }
        Ok(Reply(count as i32))
    }

    /// Makes room for `count` values above the arguments, and so for as many results; false if
    /// that would exceed the bound of stacks.
    ///
    /// # Errors
    /// The region has no room for a larger stack.
    pub(crate) fn has_room(&self, count: usize) -> Result<bool, Error<'r>> {
        let end = self.free_slot().saturating_add(count);
        if end > STACK_MAX {
            return Ok(false);
        }
        match self.thread().ensure(&self.state.store, end) {
            Ok(()) => Ok(true),
            Err(error) if error.bound() == Bound::Request => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps the `index`th result (from 0) above the arguments, which stay as they are; ends with
    /// [`Call::staged`]. No script is called in between.
    ///
    /// # Errors
    /// The stack cannot hold it.
    pub(crate) fn stage(&self, index: usize, value: Value<'r>) -> Result<(), Error<'r>> {
        let slot = self.free_slot() + index;
        if slot + SLACK > self.thread().object().stack_cap.get() as usize
            && !self.has_room(index + 1)?
        {
            return Err(self.error(b"stack overflow (too many results)"));
        }
        self.thread().set(slot, value);
        Ok(())
    }

    /// The `index`th staged value.
    pub(crate) fn staged_value(&self, index: usize) -> Value<'r> {
        self.thread().get(self.free_slot() + index)
    }

    /// The first `count` staged values as results.
    pub(crate) fn staged(&self, count: usize) -> Result<Reply, Error<'r>> {
        self.thread().shift(self.free_slot(), self.slot, count);
        Ok(Reply(count as i32))
    }

    /// The arguments from `position` on, as results.
    pub(crate) fn args_from(&self, position: usize) -> Result<Reply, Error<'r>> {
        let count = (self.count + 1).saturating_sub(position);
        self.thread().shift(self.slot + position, self.slot, count);
        Ok(Reply(count as i32))
    }

    /// In a continuation: the results of the call that it waited for, as its own.
    pub(crate) fn results(&self) -> Result<Reply, Error<'r>> {
        let (from, count) = self.results;
        self.thread().shift(from, self.slot, count);
        Ok(Reply(count as i32))
    }

    /// Asks the loop to call `function` with `args`. Without a continuation its results become
    /// this function's.
    ///
    /// # Errors
    /// The stack cannot hold the call.
    pub(crate) fn invoke(
        &self,
        function: Value<'r>,
        args: &[Value<'r>],
        continuation: Option<NativeFn>,
    ) -> Result<Reply, Error<'r>> {
        let func = self.free_slot();
        self.thread()
            .ensure(&self.state.store, func + args.len() + 1)?;
        self.thread().set(func, function);
        for (index, arg) in args.iter().enumerate() {
            self.thread().set(func + 1 + index, *arg);
        }
        let (count, protection) = (args.len(), Protection::None);
        self.request(Request::Call {
            func,
            count,
            kept: self.count,
            protection,
            continuation,
        })
    }

    /// Asks the loop to call the value at argument `position` with the arguments behind it.
    pub(crate) fn invoke_arg(
        &self,
        position: usize,
        protection: Protection<'r>,
    ) -> Result<Reply, Error<'r>> {
        let func = self.slot + position;
        let count = self.count - position;
        self.request(Request::Call {
            func,
            count,
            kept: self.count,
            protection,
            continuation: None,
        })
    }

    /// Asks the loop to do `what` with `values`, and to call this function again with the results;
    /// it finds `kept` as its arguments then.
    ///
    /// # Errors
    /// The stack cannot hold them.
    pub(crate) fn again(
        &self,
        what: Again,
        values: &[Value<'r>],
        kept: &[Value<'r>],
    ) -> Result<Reply, Error<'r>> {
        let thread = self.thread();
        let from = self.slot + 1 + kept.len();
        thread
            .ensure(&self.state.store, from + values.len() + 1)
            .map_err(|error| self.state.stack_error(error))?;
        for (index, value) in kept.iter().chain(values).enumerate() {
            thread.set(self.slot + 1 + index, *value);
        }
        let (count, kept) = (values.len(), kept.len());
        self.request(Request::Again {
            what,
            from,
            count,
            kept,
        })
    }

    /// Whether this is not the first call: what it waited for is there.
    pub(crate) fn is_again(&self) -> bool {
        self.results.0 > 0
    }

    /// Puts a request for the loop.
    pub(crate) fn request(&self, request: Request<'r>) -> Result<Reply, Error<'r>> {
        self.state.request.set(request);
        Ok(Reply::REQUEST)
    }

    /// The first stack index above the arguments and any results waited for.
    fn free_slot(&self) -> usize {
        let (from, count) = self.results;
        (self.slot + 1 + self.count).max(from + count)
    }

    /// Calls `function` on the Rust stack and returns its first result. A script cannot yield
    /// across it.
    ///
    /// # Errors
    /// What the function raises, or too many such calls inside each other.
    pub(crate) fn call(
        &self,
        function: Value<'r>,
        args: &[Value<'r>],
    ) -> Result<Value<'r>, Error<'r>> {
        self.state.call_value(function, args)
    }

    /// Charges fuel for `steps` of work.
    ///
    /// # Errors
    /// Fuel, deadline or cancel ends the run.
    #[inline]
    pub(crate) fn charge(&self, steps: u64) -> Result<(), Error<'r>> {
        self.state.charge(steps)
    }

    /// A new string.
    ///
    /// # Errors
    /// The region has no room for it.
    #[inline]
    pub(crate) fn str(&self, text: &[u8]) -> Result<Value<'r>, Error<'r>> {
        Ok(Str::new(&self.state.store, text)?.to_value())
    }

    /// A new table with room for some list items and other keys.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn table(&self, list: usize, hash: usize) -> Result<Table<'r>, Error<'r>> {
        Ok(Table::new(&self.state.store, list, hash)?)
    }
}

/// The entry point as objects keep it.
pub(crate) const fn entry_of(function: NativeFn) -> *const () {
    function as *const ()
}
