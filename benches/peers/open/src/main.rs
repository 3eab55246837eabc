//! `peer-open`: opens and closes the isolated states of other engines and lunette's regions in
//! turn, and prints the median of each in microseconds. All of it is on warm memory: the first
//! round is not counted. With the feature `wasmtime` an instance of its pooling allocator as well,
//! whose memory of a page is written to once.

use std::hint::black_box;
use std::time::Instant;

use bumpalo::Bump;
use lunette::{Arena, Engine, LibrarySet};
use mlua::Lua;
use starlark::environment::Module;
use starlark::eval::Evaluator;
use starlark::values::Heap;

const ROUNDS: usize = 21;
const OPENINGS: usize = 2_000;

/// What is opened and closed, and its times so far in microseconds.
struct Peer {
    name: &'static str,
    open: Box<dyn FnMut()>,
    times: Vec<f64>,
}

impl Peer {
    fn new(name: &'static str, open: impl FnMut() + 'static) -> Self {
        let (open, times) = (Box::new(open), Vec::new());
        Self { name, open, times }
    }

    fn measure(&mut self) {
        let start = Instant::now();
        for _ in 0..OPENINGS {
            (self.open)();
        }
        self.times
            .push(start.elapsed().as_secs_f64() * 1e6 / OPENINGS as f64);
    }

    fn median(&mut self) -> f64 {
        self.times.remove(0);
        self.times.sort_by(f64::total_cmp);
        self.times[self.times.len() / 2]
    }
}

/// An instance of a module with a page of memory, from Wasmtime's pool.
#[cfg(feature = "wasmtime")]
fn wasmtime_instance() -> Peer {
    use wasmtime::{Config, Engine, InstanceAllocationStrategy, Linker, Module, Store};

    const MODULE: &str = r#"(module (memory 1)
        (func (export "touch") (i32.store (i32.const 8) (i32.const 1))))"#;
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::pooling());
    let engine = Engine::new(&config).expect("there is address space for a pool");
    let module = Module::new(&engine, MODULE).expect("it is a module");
    let instance = Linker::<()>::new(&engine)
        .instantiate_pre(&module)
        .expect("it imports nothing");
    Peer::new(
        "wasmtime, an instance of the pooling allocator",
        move || {
            let mut store = Store::new(&engine, ());
            let instance = instance.instantiate(&mut store).expect("the pool has room");
            let touch = instance.get_typed_func::<(), ()>(&mut store, "touch");
            let touch = touch.expect("it is exported");
            touch.call(&mut store, ()).expect("the page is there");
        },
    )
}

fn main() {
    let engine = Engine::builder().libraries(LibrarySet::ALL).build();
    let (mut arena, mut out) = (Arena::new(), Bump::new());
    let mut peers = vec![
        Peer::new("lunette, a region with the full library", move || {
            out.reset();
            let opened = engine.enter(&mut arena, &out, |region| {
                black_box(&region);
                Ok(())
            });
            assert!(opened.is_ok());
        }),
        Peer::new("mlua, PUC Lua 5.4, a state with the full library", || {
            black_box(Lua::new());
        }),
        Peer::new("starlark, a heap alone", || {
            black_box(Heap::new().alloc(black_box(1)));
        }),
        Peer::new("starlark, a module with an evaluator", || {
            let module = Module::new();
            black_box(&Evaluator::new(&module));
        }),
    ];
    #[cfg(feature = "wasmtime")]
    peers.push(wasmtime_instance());
    for _ in 0..ROUNDS {
        peers.iter_mut().for_each(Peer::measure);
    }
    for peer in &mut peers {
        println!("{:>8.2} us  {}", peer.median(), peer.name);
    }
}
