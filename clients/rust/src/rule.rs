use crate::cursor::Cursor;
use crate::early::EarlyEvents;
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

    fn extent(&self) -> Extent {
        Extent { seq: self.seq, content: self.content.len(), thinking: self.thinking.len() }
    }

    /// Drops the text after this extent.
    fn cut_back(&mut self, extent: Extent) {
        self.content.truncate(extent.content);
        self.thinking.truncate(extent.thinking);
    }
}

/// How much of a message is held: entries, and bytes of its texts.
#[derive(Clone, Copy)]
struct Extent {
    seq: u64,
    content: usize,
    thinking: usize,
}

/// What an event has changed. `Early`: nothing yet, because earlier entries of the message are missing.
/// `Rejoin`: nothing, but join again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Ignored,
    Early,
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
    early: EarlyEvents,
    at_join: HashMap<String, Extent>, // as stated in the last join: its state continues it
    removed: HashSet<String>,
}

impl MessageLog {
    /// The log of a reader that holds nothing yet.
    pub fn new(conversation: &str) -> Self {
        MessageLog {
            conversation: conversation.to_owned(),
            messages: HashMap::new(),
            cursor: Cursor::default(),
            early: EarlyEvents::default(),
            at_join: HashMap::new(),
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
        if outcome == Outcome::Changed {
            self.follow_early(text(data, "id"));
        }
        if let ("message", Some(position)) = (event, data["position"].as_u64()) {
            self.cursor.reached(position);
        }
        outcome
    }

    /// A join is sent: its state will contain what came too early so far.
    pub fn joining(&mut self) {
        self.early.clear();
        self.at_join = self.streaming().map(|message| (message.id.clone(), message.extent())).collect();
    }

    /// Applies a join's acknowledgement. After one with `reload`, call `forget` instead.
    pub fn joined(&mut self, ack: &Value) {
        self.cursor.joined(ack);
    }

    /// Has the server mentioned more than the reader holds? Then join again.
    pub fn is_behind(&self) -> bool {
        self.cursor.is_behind() || self.early.is_waiting()
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
        self.early.clear();
        self.at_join.clear();
        self.cursor = Cursor::default();
    }

    /// The rule.
    fn follow(&mut self, data: &Value, is_beginning: bool) -> Outcome {
        let id = text(data, "id");
        let number = |key: &str| data[key].as_u64().unwrap_or(0);
        let (since, seq) = (number("since"), number("seq"));
        if self.removed.contains(id) {
            return Outcome::Ignored;
        }
        let at_join = self.at_join.get(id).copied().filter(|at_join| at_join.seq == since);
        match self.messages.get(id) {
            None if !is_beginning => return self.keep(data),
            Some(known) if seq <= known.seq => return Outcome::Ignored,
            Some(known) if since != 0 && since != known.seq && at_join.is_none() => return self.keep(data),
            _ => {}
        }
        let message = self.messages.entry(id.to_owned()).or_default();
        if since == 0 {
            *message = Message { id: id.to_owned(), ..Message::default() };
        } else if let Some(extent) = at_join {
            message.cut_back(extent);
        }
        message.content += text(data, "content");
        message.thinking += text(data, "thinking");
        message.seq = seq;
        message.status = text(data, "status").to_owned();
        message.error = data["error"].as_str().map(str::to_owned);
        message.note = data["note"].as_str().map(str::to_owned);
        Outcome::Changed
    }

    fn keep(&mut self, data: &Value) -> Outcome {
        self.early.keep(data);
        Outcome::Early
    }

    /// A message has changed: the events about it that came too early may fit now.
    fn follow_early(&mut self, id: &str) {
        for data in self.early.take(id) {
            self.follow(&data, false);
        }
    }

    fn remove(&mut self, data: &Value) -> Outcome {
        let mut were_known = true;
        for id in ids(data) {
            let was_held = self.messages.remove(&id).is_some();
            self.early.take(&id);
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
