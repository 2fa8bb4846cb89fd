//! Work in pieces, several at once, whose parts come in the order of the pieces.

use std::sync::mpsc::sync_channel;
use std::thread::{available_parallelism, scope};

/// Threads that help at most: beyond, the disk and the one who takes the parts set the pace.
const MOST_THREADS: usize = 4;

/// Rows in a piece: some milliseconds of work, and a first screen is full after one of them. In tests there are many
/// pieces of few rows.
pub const PIECE: usize = if cfg!(test) { 3 } else { 4_000 };

/// Pieces that so many rows make.
pub const fn pieces_of(rows: usize) -> usize {
    rows.div_ceil(PIECE)
}

/// Makes a part of each piece, from 0 on, and gives the parts in order, until something fails. Each thread begins with
/// something of its own, such as a connection, and is never more than two parts ahead.
pub fn in_pieces<W, P: Send, E: Send>(
    pieces: usize,
    begin: impl Fn() -> Result<W, E> + Sync,
    make: impl Fn(&W, usize) -> Result<P, E> + Sync,
    mut take: impl FnMut(P) -> Result<(), E>,
) -> Result<(), E> {
    let threads = available_parallelism().map_or(1, |cores| cores.get().min(MOST_THREADS)).min(pieces);
    if threads < 2 {
        let worker = begin()?;
        return (0..pieces).try_for_each(|piece| take(make(&worker, piece)?));
    }
    let (begin, make) = (&begin, &make);
    scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|first| {
                let (give, parts) = sync_channel(1);
                scope.spawn(move || {
                    let mut mine = (first..pieces).step_by(threads);
                    // Whoever takes the parts has had enough when one cannot be given.
                    let _ = match begin() {
                        Ok(worker) => mine.try_for_each(|piece| give.send(make(&worker, piece))),
                        Err(error) => give.send(Err(error)),
                    };
                });
                parts
            })
            .collect();
        // The parts end early where a thread panicked; then this scope does.
        let mut in_turn = parts.iter().cycle().take(pieces).map_while(|parts| parts.recv().ok());
        in_turn.try_for_each(|part| take(part?))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn parts_come_in_order_each_once() {
        for pieces in [0, 1, 2, 7, 100] {
            let mut taken = Vec::new();
            let make = |begun: &&str, piece| Ok::<_, ()>(format!("{begun} {piece}"));
            in_pieces(
                pieces,
                || Ok("part"),
                make,
                |part| {
                    taken.push(part);
                    Ok(())
                },
            )
            .unwrap();
            assert_eq!(taken, (0..pieces).map(|piece| format!("part {piece}")).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_failure_in_order_ends_it_whoever_fails() {
        let fails_at = |at: usize| move |no: usize| if no == at { Err(at) } else { Ok(()) };
        assert_eq!(in_pieces(9, || Err::<(), _>(7), |(), no| Ok(no), |_| Ok(())), Err(7));
        let mut taken = 0;
        let take = |()| {
            taken += 1;
            Ok(())
        };
        assert_eq!(in_pieces(9, || Ok(()), |(), no| fails_at(5)(no), take), Err(5));
        assert_eq!(taken, 5);
        let made = AtomicUsize::new(0);
        let make = |(): &(), no| {
            made.fetch_add(1, Ordering::SeqCst);
            Ok(no)
        };
        assert_eq!(in_pieces(1_000, || Ok(()), make, fails_at(2)), Err(2));
        assert!(made.into_inner() <= 3 + 3 * MOST_THREADS, "nobody works far ahead of one who has enough");
    }
}
