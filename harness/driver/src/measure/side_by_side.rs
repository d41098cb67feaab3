//! Pieces that no clock compares (verification, memory, heap, profiles) on several cores at a
//! time; what comes of them is settled in one place.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

use anyhow::Result;

use super::Stop;

/// Does all jobs on `workers` threads. Each job reports any number of results, which `settle`
/// takes one by one in this thread; where it says stop (or fails), no further job is begun.
pub fn side_by_side<Job: Send, Found: Send>(
    jobs: Vec<Job>,
    workers: usize,
    work: impl Fn(Job, &dyn Fn(Found)) + Sync,
    mut settle: impl FnMut(Found) -> Result<Stop>,
) -> Result<Stop> {
    let queue = Mutex::new(VecDeque::from(jobs));
    let locked = || queue.lock().unwrap_or_else(PoisonError::into_inner);
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..workers.max(1) {
            let sender = sender.clone();
            let (work, locked) = (&work, &locked);
            scope.spawn(move || {
                loop {
                    // The lock is released before the work begins.
                    let job = locked().pop_front();
                    let Some(job) = job else { break };
                    // Nobody listens any more only when this thread's scope has been left.
                    work(job, &|found| drop(sender.send(found)));
                }
            });
        }
        drop(sender);
        let mut end = Ok(None);
        for found in results {
            if matches!(end, Ok(None)) {
                end = settle(found);
                if !matches!(end, Ok(None)) {
                    locked().clear();
                }
            }
        }
        end
    })
}

#[cfg(test)]
mod tests {
    use duel_record::Interruption;

    use super::*;

    #[test]
    fn every_job_is_done_once_and_every_result_settled() {
        let mut found = Vec::new();
        let stop = side_by_side(
            (0..100).collect(),
            3,
            |job, report| (0..2).for_each(|part| report(job * 2 + part)),
            |result| {
                found.push(result);
                Ok(None)
            },
        );
        found.sort_unstable();
        assert!(matches!(stop, Ok(None)));
        assert_eq!(found, (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn after_a_stop_nothing_more_is_settled() {
        let mut settled = 0;
        let stop = side_by_side(
            (0..100).collect(),
            2,
            |job, report| report(job),
            |_: i32| {
                settled += 1;
                Ok(Some(Interruption::User))
            },
        );
        assert_eq!((stop.unwrap(), settled), (Some(Interruption::User), 1));
    }
}
