//! What a node computes on: work takes time, and what finds every core busy waits in a line.
//!
//! On the deterministic runtime a task runs in no time. Behind a [`Processor`] it is charged for what it did, and the core that it ran on
//! is busy that long: no other task of the node runs on it until then, first come, first served. What a task wakes or sends itself is
//! seen at the start of its work and not at the end; the node's other tasks, which wait for the core, see it after.
//!
//! A [`Profile`] in its place measures what each part of a node really takes here: that is where charges come from.
use commonware_runtime::{Clock as _, Supervisor as _, deterministic::Context};
use commonware_utils::sync::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::{Duration, SystemTime};

/// A task that waits for a core.
struct Waiting {
    ticket: u64,
    since: SystemTime,
    waker: Waker,
}

#[derive(Default)]
struct State {
    /// When each core has done what it was given.
    cores: Vec<SystemTime>,
    line: VecDeque<Waiting>,
    next: u64,
    /// The core of the task that runs now.
    running: Option<usize>,
    busy: Duration,
}

impl State {
    /// The core that is free first.
    fn first(&self) -> (usize, SystemTime) {
        let cores = self.cores.iter().copied().enumerate();
        let first = cores.min_by_key(|(_, until)| *until);
        first.unwrap_or((0, SystemTime::UNIX_EPOCH))
    }

    /// Gives the core that is free first to a task that has waited since then.
    fn take(&mut self, since: SystemTime) {
        let (core, until) = self.first();
        if let Some(core) = self.cores.get_mut(core) {
            *core = until.max(since);
        }
        self.running = Some(core);
    }

    fn leave(&mut self, ticket: u64) {
        self.line.retain(|waiting| waiting.ticket != ticket);
        if let Some(front) = self.line.front() {
            front.waker.wake_by_ref();
        }
    }
}

/// The cores of one node, or of several that share a machine; clones share them.
#[derive(Clone)]
pub struct Processor(Arc<Mutex<State>>);

impl Processor {
    /// So many idle cores, at least one.
    pub fn new(cores: u16) -> Self {
        let cores = vec![SystemTime::UNIX_EPOCH; usize::from(cores.max(1))];
        Self(Arc::new(Mutex::new(State {
            cores,
            ..State::default()
        })))
    }

    /// Keeps the core of the running task busy for so long; if no task of the node runs, the core that is free first, from `now` on.
    pub fn charge(&self, now: SystemTime, cost: Duration) {
        let mut state = self.0.lock();
        let core = state.running.unwrap_or_else(|| state.first().0);
        state.busy += cost;
        let running = state.running.is_some();
        if let Some(until) = state.cores.get_mut(core) {
            *until = if running { *until } else { (*until).max(now) } + cost;
        }
    }

    /// Whether both are the cores of one machine.
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// What was computed so far.
    pub fn busy(&self) -> Duration {
        self.0.lock().busy
    }
}

/// Processor time that each part of the nodes took here, by its label; clones share it.
#[derive(Clone, Default)]
pub struct Profile(Arc<Mutex<Sheet>>);

#[derive(Default)]
struct Sheet {
    parts: BTreeMap<String, Part>,
    /// What the task that runs did that is counted elsewhere.
    elsewhere: Duration,
}

/// What one part took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part {
    /// How often it ran.
    pub polls: u64,
    /// Processor time of this thread.
    pub time: Duration,
}

impl Profile {
    /// What each part took so far.
    pub fn parts(&self) -> BTreeMap<String, Part> {
        self.0.lock().parts.clone()
    }

    /// Takes so much off what the task that runs has taken: it is counted elsewhere.
    pub fn elsewhere(&self, time: Duration) {
        self.0.lock().elsewhere += time;
    }

    fn add(&self, label: &str, time: Duration) {
        let mut sheet = self.0.lock();
        let time = time.saturating_sub(std::mem::take(&mut sheet.elsewhere));
        let parts = &mut sheet.parts;
        if !parts.contains_key(label) {
            parts.insert(label.to_owned(), Part::default());
        }
        if let Some(part) = parts.get_mut(label) {
            part.polls += 1;
            part.time += time;
        }
    }
}

/// Processor time of this thread so far.
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_nanos(nanos)
}

/// What computing takes on one node.
#[derive(Clone, Default)]
pub enum Computing {
    /// No time.
    #[default]
    Free,
    /// What tasks are charged.
    Charged(Processor),
    /// No time, but what it takes here is written down.
    Profiled(Profile),
}

/// How a task comes by a core.
pub enum Way {
    Free,
    Charged {
        processor: Processor,
        clock: Context,
        ticket: Option<u64>,
        timer: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    },
    Profiled(Profile, String),
}

/// A task of a node behind its processor.
pub struct Gate<F> {
    task: Pin<Box<F>>,
    way: Way,
}

impl<F> Gate<F> {
    /// `task` behind its processor.
    pub fn new(task: F, way: Way) -> Self {
        let task = Box::pin(task);
        Self { task, way }
    }
}

impl Way {
    /// The way of a task that runs in `context`.
    pub fn of(computing: &Computing, context: &Context) -> Self {
        match computing {
            Computing::Free => Self::Free,
            Computing::Charged(processor) => Self::Charged {
                processor: processor.clone(),
                clock: context.child("processor"),
                ticket: None,
                timer: None,
            },
            Computing::Profiled(profile) => Self::Profiled(profile.clone(), context.name().label),
        }
    }

    /// Whether the task has a core now; otherwise it is woken when it should look again.
    fn turn(&mut self, cx: &mut TaskContext<'_>) -> bool {
        let Self::Charged {
            processor,
            clock,
            ticket,
            timer,
        } = self
        else {
            return true;
        };
        let now = clock.current();
        let mut state = processor.0.lock();
        let free_at = state.first().1;
        let place = ticket.and_then(|own| state.line.iter().position(|one| one.ticket == own));
        match place {
            None if state.line.is_empty() && free_at <= now => {
                state.take(now);
                return true;
            }
            None => {
                let own = state.next;
                state.next += 1;
                *ticket = Some(own);
                state.line.push_back(Waiting {
                    ticket: own,
                    since: now,
                    waker: cx.waker().clone(),
                });
            }
            Some(0) if free_at <= now => {
                let since = state.line.front().map_or(now, |waiting| waiting.since);
                state.take(since);
                return true;
            }
            Some(place) => {
                if let Some(waiting) = state.line.get_mut(place) {
                    waiting.waker.clone_from(cx.waker());
                }
            }
        }
        if state.line.front().map(|front| front.ticket) != *ticket {
            return false;
        }
        drop(state);
        let timer = timer.insert(Box::pin(clock.sleep_until(free_at)));
        if timer.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
        false
    }

    /// Lets go of the core and of the place in the line.
    fn done(&mut self) {
        if let Self::Charged {
            processor,
            ticket,
            timer,
            ..
        } = self
        {
            *timer = None;
            let mut state = processor.0.lock();
            state.running = None;
            if let Some(ticket) = ticket.take() {
                state.leave(ticket);
            }
        }
    }
}

impl<F: Future> Future for Gate<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        if !self.way.turn(cx) {
            return Poll::Pending;
        }
        let before = match &self.way {
            Way::Profiled(..) => thread_time(),
            _ => Duration::ZERO,
        };
        let polled = self.task.as_mut().poll(cx);
        if let Way::Profiled(profile, label) = &self.way {
            profile.add(label, thread_time().saturating_sub(before));
        }
        self.way.done();
        polled
    }
}

impl<F> Drop for Gate<F> {
    fn drop(&mut self) {
        if let Way::Charged {
            processor, ticket, ..
        } = &mut self.way
            && let Some(ticket) = ticket.take()
        {
            processor.0.lock().leave(ticket);
        }
    }
}
