use crate::log::ConversationLog;
use std::collections::HashMap;
use std::time::{Duration, Instant};

const MESSAGE: Duration = Duration::from_secs(10); // about one that is believed to be streaming
const CONVERSATION: Duration = Duration::from_secs(60);

/// Notices silence: the last thing that the server said may be what was lost.
pub(crate) struct Silences {
    joined: Instant,
    last: Instant,
    heard: HashMap<String, Instant>,
}

impl Silences {
    /// Begins all of them anew: the reader has joined.
    pub fn begin() -> Self {
        let now = Instant::now();
        Silences { joined: now, last: now, heard: HashMap::new() }
    }

    /// Notes that something was said, perhaps about a message.
    pub fn heard(&mut self, id: &str) {
        self.last = Instant::now();
        self.heard.insert(id.to_owned(), self.last);
    }

    /// When one of them has lasted too long.
    pub fn deadline(&self, log: &ConversationLog) -> Instant {
        let streaming = log.messages.values().filter(|message| message.is_streaming());
        let since = streaming.map(|message| *self.heard.get(&message.id).unwrap_or(&self.joined));
        since.map(|heard| heard + MESSAGE).fold(self.last + CONVERSATION, Instant::min)
    }
}
