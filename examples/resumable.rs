//! cargo run --example resumable
//!
//! An execution lives across calls, gives the host its turn after slices of steps, and waits for
//! the host's answers, all without a thread of its own.

use lunette::{Arena, Engine, Next, OwnedError, Step};

const GAME: &str = "
    local rounds = 0
    return function(low, high)
        while true do
            rounds = rounds + 1
            local guess = (low + high) // 2
            local answer = ask('is it ' .. guess .. '?')
            if answer == 'yes' then return guess, rounds end
            if answer == 'more' then low = guess + 1 else high = guess - 1 end
        end
    end";

fn main() -> Result<(), OwnedError> {
    let engine = Engine::builder()
        .module("", |module| {
            // Called in turns: the first shows the question to the host, the next has the answer.
            module.resumable("ask", |lua, turn| {
                if turn.is_first() {
                    return Next::wait(lua, turn.args::<String>()?);
                }
                Next::done(lua, turn.results::<String>()?)
            });
        })
        .build();
    let program = engine.compile("game.lua", GAME)?;
    let mut execution = engine.execution(Arena::with_budget(4 << 20))?;
    let game = execution.enter(|lua| {
        let game = lua.eval(&program)?;
        lua.root(game)
    })?;

    let secret = 42;
    execution.set_slice(Some(10_000))?;
    let mut step = execution.start::<(i64, i64)>(&game, (1, 100))?;
    let (guess, rounds) = loop {
        step = match step {
            Step::Done(result) => break result,
            Step::Slice => execution.resume(())?, // here other work may be done
            Step::Waiting => {
                let question: String = execution.waiting_for()?;
                println!("{question}");
                let digits = question.trim_matches(|c: char| !c.is_ascii_digit());
                let answer = match digits.parse::<i64>().unwrap_or(0) {
                    guess if guess < secret => "more",
                    guess if guess > secret => "less",
                    _ => "yes",
                };
                execution.resume(answer)?
            }
        };
    };
    println!("found {guess} in {rounds} rounds");
    assert_eq!(guess, secret);
    Ok(())
}
