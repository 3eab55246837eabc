//! cargo run --example serde_json --features serde
//!
//! Rust data goes into a script and comes back; a Lua value goes straight to JSON.

use bumpalo::Bump;
use lunette::{Arena, Engine, Function, OwnedError, Serde, Value};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Order<'a> {
    id: u32,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    name: &'a str,
    price: f64,
    count: u32,
}

#[derive(Deserialize, Debug, PartialEq)]
struct Invoice {
    order: u32,
    total: f64,
    lines: Vec<String>,
}

fn main() -> Result<(), OwnedError> {
    let engine = Engine::new();
    let program = engine.compile(
        "invoice.lua",
        "return function(order)
            local total, lines = 0, {}
            for i, item in ipairs(order.items) do
                total = total + item.price * item.count
                lines[i] = item.count .. ' x ' .. item.name
            end
            return {order = order.id, total = total, lines = lines}
        end",
    )?;
    let order = Order {
        id: 7,
        items: vec![
            Item {
                name: "moon",
                price: 2.5,
                count: 2,
            },
            Item {
                name: "star",
                price: 0.25,
                count: 4,
            },
        ],
    };
    let (mut arena, out) = (Arena::with_budget(1 << 20), Bump::new());
    let result = engine.enter(&mut arena, &out, |region| {
        let bill: Function<'_> = region.eval(&program)?;
        let value: Value<'_> = bill.call(region, Serde(&order))?;
        let invoice: Invoice = region.from_value(value)?;
        let json = serde_json::to_string(&value).map_err(|error| region.failure(&error))?;
        Ok((invoice, json))
    });
    let (invoice, json) = result.map_err(|error| error.to_owned_error())?;
    println!("{json}");
    assert_eq!(invoice.total, 6.0);
    assert_eq!(invoice.lines, ["2 x moon", "4 x star"]);
    Ok(())
}
