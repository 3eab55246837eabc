//! What the types refuse: misuse that does not compile, as tests of the documentation.
#![forbid(unsafe_code)]
//!
//! The setup of all of them compiles, so that none fails for another reason than its own:
//!
//! ```
//! use bumpalo::Bump;
//! use lunette::*;
//! struct Db;
//! impl UserData for Db {}
//! let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
//! let mut db = Db;
//! let borrowed = &mut db;
//! let done = engine.enter(&mut arena, &out, |region| {
//!     region.lend_mut(borrowed)?;
//!     region.create_function(|_, table: Table| Ok(table))?;
//!     region.scoped_function(|_, text: &str| Ok(text.len()))?;
//!     Ok(())
//! });
//! assert!(done.is_ok());
//! let mut execution = engine.execution(Arena::new())?;
//! execution.enter(|lua| lua.root(lua.globals().to_value()).map(|_| ()))?;
//! # Ok::<(), OwnedError>(())
//! ```
//!
//! A host function cannot keep a value of the region, be it `'static` or scoped:
//!
//! ```compile_fail
//! # use bumpalo::Bump;
//! # use lunette::*;
//! # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
//! let _ = engine.enter(&mut arena, &out, |region| {
//!     let table = region.globals();
//!     region.create_function(move |_, ()| Ok(table))?;
//!     Ok(())
//! });
//! ```
//!
//! ```compile_fail
//! # use bumpalo::Bump;
//! # use lunette::*;
//! # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
//! let _ = engine.enter(&mut arena, &out, |region| {
//!     let table = region.globals();
//!     region.scoped_function(move |_, ()| Ok(table))?;
//!     Ok(())
//! });
//! ```
//!
//! A function of a module cannot keep an argument that borrows from a region:
//!
//! ```compile_fail
//! # use lunette::*;
//! let kept = std::sync::Mutex::new(None);
//! let engine = Engine::builder().module("m", move |module| {
//!     module.function("keep", move |_, text: &str| {
//!         *kept.lock().unwrap() = Some(text);
//!         Ok(())
//!     });
//! });
//! ```
//!
//! What is lent outlives the run, and is not used meanwhile:
//!
//! ```compile_fail
//! # use bumpalo::Bump;
//! # use lunette::*;
//! # struct Db;
//! # impl UserData for Db {}
//! # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
//! let _ = engine.enter(&mut arena, &out, |region| {
//!     let db = Db;
//!     region.lend(&db)?;
//!     Ok(())
//! });
//! ```
//!
//! ```compile_fail
//! # use bumpalo::Bump;
//! # use lunette::*;
//! # struct Db;
//! # impl UserData for Db {}
//! # fn lend<'r, 's>(region: Region<'r, 's>, db: &'s Db) {
//! #     let _ = region.lend(db);
//! # }
//! # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
//! let _ = engine.enter(&mut arena, &out, |region| {
//!     let db = Db;
//!     lend(region, &db); // a region cannot pass for one that ends sooner
//!     Ok(())
//! });
//! ```
//!
//! ```compile_fail
//! # use bumpalo::Bump;
//! # use lunette::*;
//! # struct Db;
//! # impl UserData for Db {}
//! # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
//! let mut db = Db;
//! let borrowed = &mut db;
//! let done = engine.enter(&mut arena, &out, |region| region.lend_mut(borrowed).map(|_| ()));
//! let again = &mut db;
//! let _ = done.is_ok();
//! ```
//!
//! Values of two regions do not mix:
//!
//! ```compile_fail
//! # use bumpalo::Bump;
//! # use lunette::*;
//! # let (engine, mut one, out) = (Engine::new(), Arena::new(), Bump::new());
//! let mut two = Arena::new();
//! let _ = engine.enter(&mut one, &out, |first| {
//!     let _ = engine.enter(&mut two, &out, |second| {
//!         second.globals().set(second, "x", first.globals())
//!     });
//!     Ok(())
//! });
//! ```
//!
//! What an execution is given may be sent to other threads, and its values stay in it:
//!
//! ```compile_fail
//! # use lunette::*;
//! # let engine = Engine::new();
//! let mut execution = engine.execution(Arena::new()).unwrap();
//! let shared = std::rc::Rc::new(1);
//! let _ = execution.enter(|lua| lua.create_function(move |_, ()| Ok(*shared)).map(|_| ()));
//! ```
//!
//! ```compile_fail
//! # use lunette::*;
//! # let engine = Engine::new();
//! let mut execution = engine.execution(Arena::new()).unwrap();
//! let leaked = execution.enter(|lua| Ok(lua.globals()));
//! ```
//!
//! An execution is not entered again while it is in use: not from inside, and not by a host
//! function of its own, which would have to borrow it for as long as it lives.
//!
//! ```compile_fail
//! # use lunette::*;
//! # let engine = Engine::new();
//! let mut execution = engine.execution(Arena::new()).unwrap();
//! let _ = execution.enter(|_| execution.enter(|_| Ok(())));
//! ```
//!
//! ```compile_fail
//! # use lunette::*;
//! # let engine = Engine::new();
//! let mut execution = engine.execution(Arena::new()).unwrap();
//! let mut other = engine.execution(Arena::new()).unwrap();
//! let again = &mut other;
//! let _ = execution.enter(|lua| {
//!     lua.create_function(move |_, ()| Ok(again.has_ended())).map(|_| ())
//! });
//! ```
