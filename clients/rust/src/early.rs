use crate::rule::text;
use serde_json::Value;

const MAX_EVENTS: usize = 256; // a join is answered within 10 seconds, in which an answer has about 250 chunks
const MAX_CHARACTERS: usize = 1_000_000; // of text, as much as the longest answer has; in bytes

/// Events that came too early, of any messages: earlier entries are missing. A reader keeps them until those
/// have arrived, or until it sends its next join, whose state contains all that was sent before.
#[derive(Default)]
pub(crate) struct EarlyEvents {
    kept: Vec<Value>,
    has_dropped: bool, // an event, because there were too many
}

impl EarlyEvents {
    /// Does any event still wait for earlier entries, also one that had to be dropped?
    pub fn is_waiting(&self) -> bool {
        !self.kept.is_empty() || self.has_dropped
    }

    /// Keeps an event, or drops it if there are too many.
    pub fn keep(&mut self, data: &Value) {
        let kept: usize = self.kept.iter().map(characters).sum();
        if self.kept.len() == MAX_EVENTS || kept + characters(data) > MAX_CHARACTERS {
            self.has_dropped = true;
        } else {
            self.kept.push(data.clone());
        }
    }

    /// Removes and returns the events about a message, in the order of its entries.
    pub fn take(&mut self, id: &str) -> Vec<Value> {
        let kept = std::mem::take(&mut self.kept);
        let (mut taken, others): (Vec<_>, Vec<_>) = kept.into_iter().partition(|data| data["id"] == id);
        self.kept = others;
        taken.sort_by_key(|data| data["since"].as_u64());
        taken
    }

    /// Drops all of them: the state of the next join contains them.
    pub fn clear(&mut self) {
        *self = EarlyEvents::default();
    }
}

fn characters(data: &Value) -> usize {
    text(data, "content").len() + text(data, "thinking").len()
}
