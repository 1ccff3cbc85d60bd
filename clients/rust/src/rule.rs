use crate::cursor::Cursor;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// A message as far as it is known; its texts are exact prefixes of the stored ones.
#[derive(Default)]
pub struct Message {
    pub id: String,
    pub seq: u64,
    pub status: String,
    pub content: String,
    pub thinking: String,
    pub error: Option<String>,
    pub note: Option<String>,
}

impl Message {
    /// May more text follow?
    pub fn is_streaming(&self) -> bool {
        self.status == "streaming"
    }
}

/// What an event has changed. `Rejoin`: nothing, but something was missed, so join again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Ignored,
    Changed,
    Removed,
    Rejoin,
}

/// The messages of one conversation by id, and the one rule that keeps them correct: the texts are exact
/// prefixes of the stored ones. It uses no socket and no clock: Reader passes the events in and acts on
/// the outcomes.
pub struct MessageLog {
    pub conversation: String,
    pub messages: HashMap<String, Message>,
    cursor: Cursor,
    removed: HashSet<String>,
}

impl MessageLog {
    /// The log of a reader that holds nothing yet.
    pub fn new(conversation: &str) -> Self {
        MessageLog {
            conversation: conversation.to_owned(),
            messages: HashMap::new(),
            cursor: Cursor::default(),
            removed: HashSet::new(),
        }
    }

    /// Applies an event of this conversation; returns what it has changed.
    pub fn apply(&mut self, event: &str, data: &Value) -> Outcome {
        match event {
            "rejoin" => return Outcome::Rejoin,
            "removed" => return self.remove(data),
            _ => self.cursor.observe(data),
        }
        let outcome = match event {
            "message" | "current_state" => self.follow(data, data["since"] == 0),
            "chunk" | "streaming_end" => self.follow(data, false),
            _ => Outcome::Ignored,
        };
        if let ("message", Some(position)) = (event, data["position"].as_u64()) {
            self.cursor.reached(position);
        }
        outcome
    }

    /// Applies a join's acknowledgement. After one with `reload`, call `forget` instead.
    pub fn joined(&mut self, ack: &Value) {
        self.cursor.joined(ack);
    }

    /// Has the server mentioned more than the reader holds? Then join again.
    pub fn is_behind(&self) -> bool {
        self.cursor.is_behind()
    }

    /// The messages that are still streaming, as far as the reader knows.
    pub fn streaming(&self) -> impl Iterator<Item = &Message> {
        self.messages.values().filter(|message| message.is_streaming())
    }

    /// The payload of the next join: what the reader holds.
    pub fn join_request(&self) -> Value {
        let have: Map<_, _> = self.streaming().map(|m| (m.id.clone(), m.seq.into())).collect();
        let mut request = self.cursor.join_fields();
        request["conversation"] = self.conversation.as_str().into();
        request["have"] = have.into();
        request
    }

    /// Drops all messages and the cursor: the next join requests the last page.
    pub fn forget(&mut self) {
        self.messages.clear();
        self.cursor = Cursor::default();
    }

    /// The rule.
    fn follow(&mut self, data: &Value, is_beginning: bool) -> Outcome {
        let id = text(data, "id");
        let seq = data["seq"].as_u64().unwrap_or(0);
        if self.removed.contains(id) {
            return Outcome::Ignored;
        }
        match self.messages.get(id) {
            None if !is_beginning => return Outcome::Rejoin,
            Some(known) if seq <= known.seq => return Outcome::Ignored,
            Some(known) if data["since"] != 0 && data["since"] != known.seq => return Outcome::Rejoin,
            _ => {}
        }
        let message = self.messages.entry(id.to_owned()).or_default();
        if data["since"] == 0 {
            *message = Message { id: id.to_owned(), ..Message::default() };
        }
        message.content += text(data, "content");
        message.thinking += text(data, "thinking");
        message.seq = seq;
        message.status = text(data, "status").to_owned();
        message.error = data["error"].as_str().map(str::to_owned);
        message.note = data["note"].as_str().map(str::to_owned);
        Outcome::Changed
    }

    fn remove(&mut self, data: &Value) -> Outcome {
        let mut were_known = true;
        for id in ids(data) {
            let was_held = self.messages.remove(&id).is_some();
            let is_new = self.removed.insert(id);
            were_known &= was_held || !is_new;
        }
        self.cursor.removed(data, were_known);
        Outcome::Removed
    }
}

/// The text of a field; empty if it is absent.
pub(crate) fn text<'a>(data: &'a Value, key: &str) -> &'a str {
    data[key].as_str().unwrap_or("")
}

/// The ids of the messages that a `removed` event removes.
pub(crate) fn ids(data: &Value) -> Vec<String> {
    let listed = data["ids"].as_array().into_iter().flatten();
    listed.filter_map(Value::as_str).map(str::to_owned).collect()
}
