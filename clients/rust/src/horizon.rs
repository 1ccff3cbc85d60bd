use serde_json::Value;
use std::collections::HashSet;

/// How far a reader's knowledge of a conversation reaches, and whether there is more beyond it:
/// every message up to the position is held, and every removal up to the revision.
#[derive(Default)]
pub(crate) struct Horizon {
    reached: Option<Reached>, // the first join says it
    ahead: HashSet<u64>,      // came while an earlier one is missing
    heard_position: u64,
    heard_revision: u64,
    oldest_revision: Option<u64>, // what is held may be as old
}

#[derive(Clone, Copy)]
pub(crate) struct Reached {
    pub position: u64,
    pub revision: u64,
}

impl Horizon {
    pub fn reached(&self) -> Option<Reached> {
        self.reached
    }

    /// Is a message missing, in between or at the end, or a removal?
    pub fn is_behind(&self) -> bool {
        self.reached.is_some_and(|reached| {
            self.heard_position > reached.position || self.heard_revision > reached.revision
        })
    }

    /// Notes that the server has spoken of a position and a revision, or of neither.
    pub fn hear(&mut self, data: &Value) {
        if let Some(position) = data["position"].as_u64() {
            self.heard_position = self.heard_position.max(position);
        }
        if let Some(revision) = data["revision"].as_u64() {
            self.heard_revision = self.heard_revision.max(revision);
            self.oldest_revision = Some(self.oldest_revision.map_or(revision, |old| old.min(revision)));
        }
    }

    /// Notes that the message at this position is held.
    pub fn reach(&mut self, position: u64) {
        self.ahead.insert(position);
        self.advance();
    }

    /// Notes that messages are gone; where one was not even known, more may be missing.
    pub fn remove(&mut self, data: &Value, were_known: bool) {
        self.hear(data);
        if let Some(reached) = &mut self.reached {
            if were_known && data["revision"].as_u64() == Some(reached.revision + 1) {
                reached.revision += 1;
            }
        }
    }

    /// Notes what a join's acknowledgement says, which comes after all that the join sends.
    pub fn joined(&mut self, ack: &Value) {
        self.hear(ack);
        self.reached.get_or_insert(Reached {
            position: ack["position"].as_u64().unwrap_or(0),
            revision: self.oldest_revision.unwrap_or(0),
        });
        self.advance();
    }

    fn advance(&mut self) {
        if let Some(reached) = &mut self.reached {
            while self.ahead.remove(&(reached.position + 1)) {
                reached.position += 1;
            }
        }
    }
}
