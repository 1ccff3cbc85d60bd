use std::time::{Duration, Instant};

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// When the next join is due; another wish never puts it off.
pub(crate) struct Wishes {
    wished: Option<Instant>,
    refused_until: Instant,
    pause: Duration,
}

impl Wishes {
    pub fn new() -> Self {
        Wishes { wished: None, refused_until: Instant::now(), pause: Duration::ZERO }
    }

    /// The moment, if a join is wished for.
    pub fn due(&self) -> Option<Instant> {
        self.wished.map(|wished| wished.max(self.refused_until))
    }

    /// Wishes for a join as soon as the pause since the last one is over.
    pub fn wish(&mut self) {
        let due = Instant::now() + self.pause;
        self.wished = Some(self.wished.map_or(due, |wished| wished.min(due)));
    }

    /// Wishes for a join, but not before so long.
    pub fn refused(&mut self, after: Duration) {
        self.refused_until = Instant::now() + after;
        self.wish();
    }

    /// There it is; the pause before another one is longer.
    pub fn granted(&mut self) {
        self.wished = None;
        self.pause = (2 * self.pause).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
    }

    /// The reader is in step: the next wish is the first again.
    pub fn fulfilled(&mut self) {
        self.pause = Duration::ZERO;
    }
}
