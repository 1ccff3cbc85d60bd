use serde_json::{json, Value};
use std::collections::HashSet;

/// The position and revision of a conversation that a reader holds: every message up to the position,
/// and every removal up to the revision.
#[derive(Default)]
pub(crate) struct Cursor {
    known: Option<Known>,     // set by the first join's acknowledgement
    has_missed_removed: bool, // a message removed since: its position stays unknown
    ahead: HashSet<u64>,      // received, but an earlier position is missing
    latest_position: u64,     // that the server has mentioned
    latest_revision: u64,
    oldest_revision: Option<u64>, // the messages held may be as old as this
}

struct Known {
    position: u64,
    revision: u64,
}

impl Cursor {
    /// Has the server mentioned a message or a removal that the reader does not hold?
    pub fn is_behind(&self) -> bool {
        self.known.as_ref().is_some_and(|known| {
            self.latest_position > known.position || self.latest_revision > known.revision
        })
    }

    /// Records the position and the revision that an event mentions, if any.
    pub fn observe(&mut self, data: &Value) {
        if let Some(position) = data["position"].as_u64() {
            self.latest_position = self.latest_position.max(position);
        }
        if let Some(revision) = data["revision"].as_u64() {
            self.latest_revision = self.latest_revision.max(revision);
            self.oldest_revision = Some(self.oldest_revision.map_or(revision, |old| old.min(revision)));
        }
    }

    /// Records that the reader holds the message at this position.
    pub fn reached(&mut self, position: u64) {
        self.ahead.insert(position);
        self.advance();
    }

    /// Records a removal. Advances as long as the reader has known all of the messages.
    pub fn removed(&mut self, data: &Value, were_known: bool) {
        self.observe(data);
        let (Some(known), Some(revision)) = (&mut self.known, data["revision"].as_u64()) else { return };
        if revision <= known.revision {
            return;
        }
        self.has_missed_removed |= !were_known;
        if !self.has_missed_removed && revision == known.revision + 1 {
            known.revision = revision;
        }
    }

    /// Records a join's acknowledgement, which follows everything else that the join sends.
    pub fn joined(&mut self, ack: &Value) {
        self.observe(ack);
        self.known.get_or_insert(Known {
            position: ack["position"].as_u64().unwrap_or(0),
            revision: self.oldest_revision.unwrap_or(0),
        });
        self.advance();
    }

    /// The fields `after` and `revision` of a join; no `revision` before the first.
    pub fn join_fields(&self) -> Value {
        match &self.known {
            None => json!({"after": 0}),
            Some(known) => json!({"after": known.position, "revision": known.revision}),
        }
    }

    fn advance(&mut self) {
        if let Some(known) = &mut self.known {
            while self.ahead.remove(&(known.position + 1)) {
                known.position += 1;
            }
        }
    }
}
