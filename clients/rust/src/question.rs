use crate::backoff::random;
use crate::rule::text;
use serde_json::{json, Value};

/// A question that is stored once, however often it is sent: its key is an idempotency key.
pub(crate) struct Question {
    content: String,
    files: Vec<String>, // their ids
    key: String,
    answer_began: bool, // since it was last sent
    pub reply: String,  // the id of its answer; empty until it is known
}

impl Question {
    pub fn new(content: &str) -> Self {
        let [high, low] = [random(), random()];
        Question {
            content: content.to_owned(),
            files: Vec::new(),
            key: format!("{high:016x}{low:016x}"),
            answer_began: false,
            reply: String::new(),
        }
    }

    /// Adds files, by their ids.
    pub fn add(&mut self, files: &[String]) {
        self.files.extend_from_slice(files);
    }

    /// The payload of `send`.
    pub fn payload(&self, conversation: &str) -> Value {
        json!({"conversation": conversation, "content": self.content, "files": self.files, "key": self.key})
    }

    /// Records that it was sent.
    pub fn sent(&mut self) {
        self.answer_began = false;
    }

    /// Records that an answer has begun, perhaps its own: an acknowledgement that is already on its way
    /// does not mention it.
    pub fn answer_began(&mut self) {
        self.answer_began = true;
    }

    /// Takes the reply from an acknowledgement, which has none while another answer is streaming; returns
    /// whether to send the question again now.
    pub fn acknowledged(&mut self, ack: &Value) -> bool {
        self.reply = text(ack, "reply").to_owned();
        self.is_waiting() && self.answer_began
    }

    /// Is its answer not known yet?
    pub fn is_waiting(&self) -> bool {
        self.reply.is_empty()
    }
}
