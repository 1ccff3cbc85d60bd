use crate::log::text;
use serde_json::{json, Value};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A question that is asked once, however often it is sent: the same key is the same question.
pub(crate) struct Question {
    content: String,
    key: String,
    is_stored: bool,
    pub reply: String, // the answer's id; empty while there is none
}

impl Question {
    pub fn new(content: &str) -> Self {
        let [one, other] = [random(), random()];
        Question {
            content: content.to_owned(),
            key: format!("{one:016x}{other:016x}"),
            is_stored: false,
            reply: String::new(),
        }
    }

    /// What a `send` says.
    pub fn payload(&self, conversation: &str) -> Value {
        json!({"conversation": conversation, "content": self.content, "key": self.key})
    }

    /// Has the server got it, and not begun to answer? Then it may have its turn any time.
    pub fn is_waiting(&self) -> bool {
        self.is_stored && self.reply.is_empty()
    }

    /// Notes what its acknowledgement says.
    pub fn answered(&mut self, ack: &Value) {
        self.is_stored = true;
        self.reply = text(ack, "reply").to_owned();
    }
}

/// A random number from the standard library, which seeds its hashes with them.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
