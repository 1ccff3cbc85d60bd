use crate::log::text;
use serde_json::{json, Value};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A question that is asked once, however often it is sent: the same key is the same question.
pub(crate) struct Question {
    content: String,
    key: String,
    is_overtaken: bool, // an answer has come since it was asked
    pub reply: String,  // the answer's id; empty while there is none
}

impl Question {
    pub fn new(content: &str) -> Self {
        let [one, other] = [random(), random()];
        Question {
            content: content.to_owned(),
            key: format!("{one:016x}{other:016x}"),
            is_overtaken: false,
            reply: String::new(),
        }
    }

    /// What a `send` says.
    pub fn payload(&self, conversation: &str) -> Value {
        json!({"conversation": conversation, "content": self.content, "key": self.key})
    }

    /// It is being asked.
    pub fn asked(&mut self) {
        self.is_overtaken = false;
    }

    /// Notes that an answer has begun: perhaps its own, of which what is on its way does not know.
    pub fn overtake(&mut self) {
        self.is_overtaken = true;
    }

    /// Notes what its acknowledgement says; returns whether to ask again at once.
    pub fn answered(&mut self, ack: &Value) -> bool {
        self.reply = text(ack, "reply").to_owned();
        self.is_waiting() && self.is_overtaken
    }

    /// Is there no answer yet?
    pub fn is_waiting(&self) -> bool {
        self.reply.is_empty()
    }
}

/// A random number from the standard library, which seeds its hashes with them.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
