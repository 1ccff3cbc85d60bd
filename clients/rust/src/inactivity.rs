use crate::rule::Message;
use std::collections::HashMap;
use std::time::{Duration, Instant};

const MESSAGE_TIMEOUT: Duration = Duration::from_secs(10); // for a message that is streaming
const CONVERSATION_TIMEOUT: Duration = Duration::from_secs(60);

/// Notices that nothing arrives for too long: the last event may have been lost.
pub(crate) struct InactivityTimer {
    joined: Instant,
    last: Instant,
    last_of: HashMap<String, Instant>, // messages by id
}

impl InactivityTimer {
    pub fn new() -> Self {
        let now = Instant::now();
        InactivityTimer { joined: now, last: now, last_of: HashMap::new() }
    }

    /// Restarts all timeouts: the reader has joined.
    pub fn restart(&mut self) {
        *self = InactivityTimer::new();
    }

    /// Records an event of the conversation, and of a message if it names one.
    pub fn received(&mut self, id: &str) {
        self.last = Instant::now();
        self.last_of.insert(id.to_owned(), self.last);
    }

    /// When the first timeout ends.
    pub fn deadline<'a>(&self, streaming: impl Iterator<Item = &'a Message>) -> Instant {
        let since = streaming.map(|message| *self.last_of.get(&message.id).unwrap_or(&self.joined));
        since.map(|last| last + MESSAGE_TIMEOUT).fold(self.last + CONVERSATION_TIMEOUT, Instant::min)
    }
}
