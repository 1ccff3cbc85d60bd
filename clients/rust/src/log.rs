use crate::horizon::Horizon;
use serde_json::{json, Map, Value};
use std::collections::{HashMap, HashSet};

/// As much of a message as is known: an exact beginning of what the database holds.
#[derive(Default)]
pub struct Message {
    pub id: String,
    pub seq: u64,
    pub status: String,
    pub content: String,
    pub thinking: String,
    pub error: Option<String>,
}

impl Message {
    /// Is more to come?
    pub fn is_streaming(&self) -> bool {
        self.status == "streaming"
    }
}

/// What an event has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Ignored,
    Changed,
    Removed,
    Rejoin,
}

/// What a reader holds of one conversation, and the one rule by which it keeps in step. It knows no
/// socket and no clock: Reader brings the events and acts on the outcomes.
pub struct ConversationLog {
    pub conversation: String,
    pub messages: HashMap<String, Message>,
    horizon: Horizon,
    removed: HashSet<String>,
}

impl ConversationLog {
    /// The log of a reader that holds nothing yet.
    pub fn new(conversation: &str) -> Self {
        ConversationLog {
            conversation: conversation.to_owned(),
            messages: HashMap::new(),
            horizon: Horizon::default(),
            removed: HashSet::new(),
        }
    }

    /// Takes an event in.
    pub fn apply(&mut self, event: &str, data: &Value) -> Outcome {
        match event {
            "rejoin" => return Outcome::Rejoin,
            "removed" => return self.remove(data),
            _ => self.horizon.hear(data),
        }
        let outcome = match event {
            "message" | "current_state" => self.follow(data, data["since"] == 0),
            "chunk" | "streaming_end" => self.follow(data, false),
            _ => Outcome::Ignored,
        };
        if let ("message", Some(position)) = (event, data["position"].as_u64()) {
            self.horizon.reach(position);
        }
        outcome
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
        Outcome::Changed
    }

    fn remove(&mut self, data: &Value) -> Outcome {
        let mut were_known = true;
        for id in ids(data) {
            let was_held = self.messages.remove(&id).is_some();
            let is_new = self.removed.insert(id);
            were_known &= was_held || !is_new;
        }
        self.horizon.remove(data, were_known);
        Outcome::Removed
    }

    /// Takes in a join's acknowledgement; one that says reload is followed by `forget` instead.
    pub fn joined(&mut self, ack: &Value) {
        self.horizon.joined(ack);
    }

    /// Has the server spoken of more than is held? Then join again.
    pub fn is_behind(&self) -> bool {
        self.horizon.is_behind()
    }

    /// What the next join tells the server.
    pub fn holding(&self) -> Value {
        let streaming = self.messages.values().filter(|message| message.is_streaming());
        let have: Map<_, _> = streaming.map(|m| (m.id.clone(), m.seq.into())).collect();
        match self.horizon.reached() {
            None => json!({"conversation": self.conversation, "after": 0, "have": have}),
            Some(reached) => json!({
                "conversation": self.conversation,
                "after": reached.position,
                "revision": reached.revision,
                "have": have,
            }),
        }
    }

    /// Holds nothing any more: the next join asks for the last page.
    pub fn forget(&mut self) {
        self.messages.clear();
        self.horizon = Horizon::default();
    }
}

/// The text under a key; what is absent is empty.
pub(crate) fn text<'a>(data: &'a Value, key: &str) -> &'a str {
    data[key].as_str().unwrap_or("")
}

/// The ids of the messages that an event says are gone.
pub(crate) fn ids(data: &Value) -> Vec<String> {
    let listed = data["ids"].as_array().into_iter().flatten();
    listed.filter_map(Value::as_str).map(str::to_owned).collect()
}
