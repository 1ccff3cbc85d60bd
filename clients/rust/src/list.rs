use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// The conversations that are listed, by their ids.
///
/// The rule: of two states of a conversation, the one with the higher version counts.
#[derive(Default)]
pub struct ConversationList {
    pub listed: HashMap<String, Value>,
    versions: HashMap<String, u64>, // also of those that are no longer listed
    changed: HashSet<String>,       // since the state was asked for
}

impl ConversationList {
    /// Returns an empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Applies `listed` or `unlisted`; returns whether it changes anything.
    pub fn apply(&mut self, event: &str, data: &Value) -> bool {
        let (id, version) = named(data);
        if self.versions.get(&id).is_some_and(|known| version <= *known) {
            return false;
        }
        self.versions.insert(id.clone(), version);
        self.changed.insert(id.clone());
        if event == "listed" {
            self.listed.insert(id, data.clone());
        } else {
            self.listed.remove(&id);
        }
        true
    }

    /// Adds what the server has read just now: of a state, or of a page after it.
    pub fn add(&mut self, conversation: &Value) -> bool {
        let (id, version) = named(conversation);
        if self.versions.get(&id) == Some(&version) && !self.listed.contains_key(&id) {
            self.versions.remove(&id); // it was listed before, with the same version
        }
        self.apply("listed", conversation)
    }

    /// Prepares for a state, which is about to be asked for.
    pub fn ask(&mut self) {
        self.changed.clear();
    }

    /// Takes over a state: what it lacks is gone, unless an event about it came since `ask`.
    pub fn replace(&mut self, state: &[Value]) {
        let stated: HashSet<String> = state.iter().map(|each| named(each).0).collect();
        self.listed.retain(|id, _| stated.contains(id) || self.changed.contains(id));
        for conversation in state {
            self.add(conversation);
        }
    }
}

fn named(data: &Value) -> (String, u64) {
    let id = data["conversation"].as_str().unwrap_or_default();
    (id.to_owned(), data["version"].as_u64().unwrap_or_default())
}
