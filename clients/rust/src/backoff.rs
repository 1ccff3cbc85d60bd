use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant};

const LONGEST_DELAY: Duration = Duration::from_secs(8);
const SHORTEST_JOIN_DELAY: Duration = Duration::from_millis(100);

/// No delay before the first try, then the shortest, then twice as long each time.
pub(crate) struct Backoff {
    delay: Duration,
    shortest: Duration,
}

impl Backoff {
    pub fn new(shortest: Duration) -> Self {
        Backoff { delay: Duration::ZERO, shortest }
    }

    /// Doubles the delay.
    pub fn increase(&mut self) {
        self.delay = (2 * self.delay).clamp(self.shortest, LONGEST_DELAY);
    }

    /// Starts again without a delay.
    pub fn reset(&mut self) {
        self.delay = Duration::ZERO;
    }

    /// Half of the delay to all of it, so that readers do not return all at once.
    pub fn jittered(&self) -> Duration {
        self.delay.mul_f64(0.5 + (random() % 1000) as f64 / 2000.0)
    }
}

/// When the next join is due. Requesting it again never postpones it.
pub(crate) struct PendingJoin {
    requested: Option<Instant>,
    not_before: Instant,
    backoff: Backoff,
}

impl PendingJoin {
    pub fn new() -> Self {
        PendingJoin {
            requested: None,
            not_before: Instant::now(),
            backoff: Backoff::new(SHORTEST_JOIN_DELAY),
        }
    }

    /// When the join is due, if one is pending.
    pub fn due(&self) -> Option<Instant> {
        self.requested.map(|requested| requested.max(self.not_before))
    }

    /// Requests a join as soon as the delay since the last one is over.
    pub fn request(&mut self) {
        let at = Instant::now() + self.backoff.delay;
        self.requested = Some(self.requested.map_or(at, |requested| requested.min(at)));
    }

    /// Requests a join, but not before this delay.
    pub fn retry_after(&mut self, delay: Duration) {
        self.not_before = Instant::now() + delay;
        self.request();
    }

    /// Clears the pending join and doubles the backoff.
    pub fn sent(&mut self) {
        self.requested = None;
        self.backoff.increase();
    }

    /// Resets the backoff: the reader holds everything.
    pub fn reset(&mut self) {
        self.backoff.reset();
    }
}

/// A random number from the standard library, which seeds its hashes with them.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
