//! What running costs: one kernel a subject, on lunette, PUC Lua 5.4 and luars in turn.
//!
//! The results are compared before anything is timed. See `support` for what a call includes.

mod support;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use support::{Contender, Luars, Lunette, Puc};

/// A subject: its name, its source, a size that takes about a millisecond, and a quick one.
struct Kernel {
    name: &'static str,
    source: &'static str,
    size: i64,
    quick_size: i64,
}

macro_rules! kernels {
    ($($name:ident: $size:literal, $quick_size:literal;)*) => {
        [$(Kernel {
            name: stringify!($name),
            source: include_str!(concat!("kernels/", stringify!($name), ".lua")),
            size: $size,
            quick_size: $quick_size,
        }),*]
    };
}

/// Kernels that compute.
const RUN: [Kernel; 10] = kernels! {
    calls: 22, 10;
    loop_integer: 200_000, 100;
    loop_float: 100_000, 100;
    arrays: 50_000, 100;
    hashes: 20_000, 100;
    methods: 20_000, 100;
    strings: 5_000, 50;
    patterns: 25, 2;
    coroutines: 10_000, 50;
    errors: 5_000, 50;
};

/// Kernels that allocate.
const ALLOCATE: [Kernel; 3] = kernels! {
    objects: 10_000, 100;
    closures: 10_000, 100;
    trees: 12, 4;
};

/// Times one contender.
fn measure<C: Contender>(group: &mut Group<'_>, name: &str, kernel: &Kernel, size: i64) {
    let mut contender = C::new(kernel.source);
    // Warm: the memory is touched, the caches are filled.
    contender.call(size);
    group.bench_function(format!("{}/{name}", kernel.name), |bencher| {
        bencher.iter(|| contender.call(black_box(size)));
    });
}

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

fn compare(criterion: &mut Criterion, group: &str, kernels: &[Kernel]) {
    let mut group = criterion.benchmark_group(group);
    for kernel in kernels {
        let size = if support::is_test() {
            kernel.quick_size
        } else {
            kernel.size
        };
        let results = [
            Lunette::new(kernel.source).call(size),
            Puc::new(kernel.source).call(size),
            Luars::new(kernel.source).call(size),
        ];
        let is_same = results.iter().all(|result| *result == results[0]);
        assert!(is_same, "{}: results differ: {results:?}", kernel.name);
        measure::<Lunette>(&mut group, "lunette", kernel, size);
        measure::<Puc>(&mut group, "puc", kernel, size);
        measure::<Luars>(&mut group, "luars", kernel, size);
    }
}

fn run(criterion: &mut Criterion) {
    compare(criterion, "run", &RUN);
}

fn allocate(criterion: &mut Criterion) {
    compare(criterion, "allocate", &ALLOCATE);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(15)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(900));
    targets = run, allocate
}
criterion_main!(benches);
