//! What those hear who listen to the crate `tracing`: regions, bounds, evacuations.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use bumpalo::Bump;
use lunette::{Arena, Engine, RunOptions};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// The fields of one event, as text.
pub type Fields = BTreeMap<&'static str, String>;

/// Keeps all events of the library.
#[derive(Clone)]
pub struct Listener(Arc<Mutex<Vec<Fields>>>);

/// Lives as long as the tests. While there is only one subscriber, `tracing` asks the one of the
/// thread that comes to an event first, which may be a test that has none: then the event would be
/// off for all.
static KEEPER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Listener(Arc::default())));

impl Default for Listener {
    fn default() -> Self {
        LazyLock::force(&KEEPER);
        Self(Arc::default())
    }
}

impl Listener {
    /// The events with this message, in order.
    pub fn told(&self, message: &str) -> Vec<Fields> {
        let events = self.0.lock().expect("nobody panicked");
        let is_wanted = |fields: &&Fields| fields["message"] == message;
        events.iter().filter(is_wanted).cloned().collect()
    }

    fn messages(&self) -> Vec<String> {
        let events = self.0.lock().expect("nobody panicked");
        events
            .iter()
            .map(|fields| fields["message"].clone())
            .collect()
    }
}

struct Reader(Fields);

impl Visit for Reader {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "lunette"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut reader = Reader(Fields::new());
        event.record(&mut reader);
        self.0.lock().expect("nobody panicked").push(reader.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// What is told of a run of `source` with these options.
fn listen(source: &str, options: &RunOptions<'_>, arena: &mut Arena) -> Listener {
    let (engine, out) = (Engine::new(), Bump::new());
    let program = engine.compile("test.lua", source).expect("it is Lua");
    let listener = Listener::default();
    tracing::subscriber::with_default(listener.clone(), || {
        let ended = engine.enter_with(options, arena, &out, |region| region.eval::<()>(&program));
        // Only what is told of it is of interest.
        let _ = ended.is_ok();
    });
    listener
}

#[test]
fn regions_tell_when_they_open_and_close() {
    let mut arena = Arena::with_budget(1 << 20);
    let told = listen(
        "for i = 1, 100 do local t = {i} end",
        &RunOptions::new(),
        &mut arena,
    );
    assert_eq!(told.messages(), ["region opened", "region closed"]);
    let (opened, closed) = (
        &told.told("region opened")[0],
        &told.told("region closed")[0],
    );
    let figure = |fields: &Fields, name: &str| fields[name].parse::<u64>().expect("a figure");
    assert_eq!(figure(opened, "budget_bytes"), 1 << 20);
    assert!(figure(closed, "used_bytes") > figure(opened, "used_bytes"));
    assert!(figure(closed, "peak_bytes") >= figure(closed, "used_bytes"));
    let steps = figure(closed, "steps");
    // A step for each time round.
    assert!(steps >= 99, "{steps}");
}

#[test]
fn a_failing_script_is_no_bound() {
    let mut arena = Arena::new();
    let told = listen("error('no')", &RunOptions::new(), &mut arena);
    assert_eq!(told.messages(), ["region opened", "region closed"]);
}

#[test]
fn bounds_tell_when_they_are_reached() {
    let endless = "while true do end";
    let fuel = RunOptions::new().fuel(1000);
    let time = RunOptions::new().time_limit(Duration::from_millis(10));
    let plain = RunOptions::new();
    let growing = "local t = {} while true do t[#t + 1] = {} end";
    for (source, options, budget, word) in [
        (endless, &fuel, 1 << 20, "fuel"),
        (endless, &time, 1 << 20, "time"),
        (growing, &plain, 1 << 20, "memory"),
    ] {
        let told = listen(source, options, &mut Arena::with_budget(budget));
        let messages = told.messages();
        assert_eq!(
            messages,
            ["region opened", "bound reached", "region closed"]
        );
        let bound = &told.told("bound reached")[0]["bound"];
        assert!(bound.contains(word), "{bound}");
    }
}
