//! Host functions that are futures, and calls of scripts as futures.
#![forbid(unsafe_code)]
//!
//! A script that calls an async host function waits, as for any host function that waits: its
//! frames stay in the region, and the future is the execution's until it is ready. Nothing here
//! knows an executor.

use std::error::Error as StdError;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use super::host::arguments;
use super::{
    Execution, FromLuaMulti, Function, IntoLuaMulti, Lua, Module, MultiValue, Rooted, Step,
};
use crate::error::{Error, OwnedError};
use crate::memory::ChunkSource;
use crate::vm::{Call, Reply, Request};

/// What becomes of an async host function, for the region that waits for it.
type Answer = Box<dyn for<'r> FnOnce(Lua<'r>) -> Result<MultiValue<'r>, Error<'r>> + Send>;

/// The future that a script waits for.
struct Pending(Pin<Box<dyn Future<Output = Answer> + Send>>);

/// What async host functions fail with: any error that can be sent.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Makes the script wait for what `function` returns.
fn wait_for<'r, A, R, Fut>(call: &Call<'r>, function: impl Fn(A) -> Fut) -> Result<Reply, Error<'r>>
where
    A: FromLuaMulti<'r>,
    R: for<'s> IntoLuaMulti<'s> + Send + 'static,
    Fut: Future<Output = Result<R, BoxError>> + Send + 'static,
{
    let future = function(arguments(call)?);
    let pending = Pending(Box::pin(answer_of(future)));
    call.state.suspension.leave_parcel(Box::new(pending));
    let from = call.slot + 1 + call.count;
    call.request(Request::Wait { from, count: 0 })
}

/// The outcome of a future, without the type of its values.
async fn answer_of<R>(future: impl Future<Output = Result<R, BoxError>>) -> Answer
where
    R: for<'s> IntoLuaMulti<'s> + Send + 'static,
{
    match future.await {
        Ok(values) => Box::new(move |lua| {
            let mut all = MultiValue::new(lua);
            for value in values.into_lua_multi(lua)?.as_ref() {
                all.push(*value)?;
            }
            Ok(all)
        }),
        Err(error) => Box::new(move |lua| Err(lua.failure(&*error))),
    }
}

impl<'r> Lua<'r> {
    /// Makes a function that scripts wait for: it returns a future. Only a script that runs by
    /// [`Execution::call_async`] can call it.
    ///
    /// The future outlives the call, so it owns what it needs of the arguments. Its error may be
    /// any: `?` works as usual, and the script sees the messages of the whole chain.
    ///
    /// # Errors
    /// The region has no room for it.
    pub fn create_async_function<A, R, F, Fut>(self, function: F) -> Result<Function<'r>, Error<'r>>
    where
        A: FromLuaMulti<'r>,
        R: for<'s> IntoLuaMulti<'s> + Send + 'static,
        F: Fn(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<R, BoxError>> + Send + 'static,
    {
        let native = self
            .state
            .host_native(move |call| wait_for(call, &function))?;
        Ok(native.into())
    }
}

impl<'m> Module<'_, 'm> {
    /// Adds an async function; see [`Lua::create_async_function`].
    pub fn async_function<A, R, F, Fut>(
        &mut self,
        name: impl Into<String>,
        function: F,
    ) -> &mut Self
    where
        A: FromLuaMulti<'m>,
        R: for<'s> IntoLuaMulti<'s> + Send + 'static,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, BoxError>> + Send + 'static,
    {
        self.add(name, move |call| wait_for(call, &function))
    }
}

/// A call that is given up when its future is dropped before it is ready.
struct InFlight<'e, S: ChunkSource> {
    execution: &'e mut Execution<S>,
    is_over: bool,
}

impl<S: ChunkSource> Drop for InFlight<'_, S> {
    fn drop(&mut self) {
        if !self.is_over {
            // There is a call, unless the execution has ended.
            let _ = self.execution.abort();
        }
    }
}

impl<S: ChunkSource> Execution<S> {
    /// As [`Execution::call`], as a future, for any executor. While an async host function is not
    /// ready the future is pending; where a slice of steps ends
    /// ([`set_slice`](Execution::set_slice)) other tasks get their turn. A future that is dropped
    /// gives the call up.
    ///
    /// # Errors
    /// What the function raises; its results do not convert.
    pub async fn call_async<R>(
        &mut self,
        function: &Rooted,
        args: impl for<'r> IntoLuaMulti<'r>,
    ) -> Result<R, OwnedError>
    where
        R: for<'r> FromLuaMulti<'r>,
    {
        let mut step = self.start(function, args)?;
        let mut call = InFlight {
            execution: self,
            is_over: false,
        };
        loop {
            let next = match step {
                Step::Done(result) => {
                    call.is_over = true;
                    return Ok(result);
                }
                Step::Slice => {
                    let_others_run().await;
                    call.execution.resume(())
                }
                Step::Waiting => match call.execution.take_pending()? {
                    Some(pending) => {
                        let answer = pending.0.await;
                        call.execution.resume_with(answer)
                    }
                    None => call.execution.resume_with(|lua| {
                        Err(lua.error("the host does not answer this function"))
                    }),
                },
            };
            step = match next {
                Ok(step) => step,
                Err(error) => {
                    call.is_over = true;
                    return Err(error);
                }
            };
        }
    }

    fn take_pending(&mut self) -> Result<Option<Pending>, OwnedError> {
        self.enter(|lua| {
            let parcel = lua.state.suspension.take_parcel();
            let pending = parcel.and_then(|parcel| parcel.downcast::<Pending>().ok());
            Ok(pending.map(|pending| *pending))
        })
    }
}

/// Is ready when it is polled for the second time, at once.
async fn let_others_run() {
    let mut has_waited = false;
    poll_fn(|context| {
        if has_waited {
            return Poll::Ready(());
        }
        has_waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
