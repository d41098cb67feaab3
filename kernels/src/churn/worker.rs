//! The other thread: takes batches of objects from a bounded queue and is done with them.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::object::Checksum;

/// How many batches may wait. With the one being made and the one being read, four are in flight.
const WAITING: usize = 2;

enum Message<T> {
    Batch(Vec<T>),
    /// Asks for the checksum since the last time it was asked for.
    Done,
}

/// A thread that ends when this is dropped.
pub struct Worker<T> {
    /// `None` only while being dropped: a closed queue is how the thread knows.
    queue: Option<SyncSender<Message<T>>>,
    checksums: Receiver<u64>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Worker<T> {
    /// Starts the thread. `finish` adds a batch to the checksum and does away with it.
    pub fn start(mut finish: impl FnMut(Vec<T>, &mut Checksum) + Send + 'static) -> Self {
        let (queue, messages) = sync_channel(WAITING);
        let (reports, checksums) = sync_channel(1);
        let thread = std::thread::spawn(move || {
            let mut checksum = Checksum::default();
            for message in messages {
                match message {
                    Message::Batch(batch) => finish(batch, &mut checksum),
                    Message::Done => {
                        let found = std::mem::take(&mut checksum);
                        if reports.send(found.value()).is_err() {
                            // Nobody waits for it any more.
                            return;
                        }
                    }
                }
            }
        });
        Worker { queue: Some(queue), checksums, thread: Some(thread) }
    }

    /// Hands a batch over; waits while the queue is full.
    pub fn send(&self, batch: Vec<T>) {
        self.tell(Message::Batch(batch));
    }

    /// Waits until the worker is done with all it was sent, and returns its checksum of it.
    pub fn checksum(&self) -> u64 {
        self.tell(Message::Done);
        self.checksums.recv().expect("the worker thread panicked")
    }

    fn tell(&self, message: Message<T>) {
        let queue = self.queue.as_ref().expect("the queue is open until the drop");
        assert!(queue.send(message).is_ok(), "the worker thread panicked");
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic over there was reported by whoever waited for it.
            let _ = thread.join();
        }
    }
}
