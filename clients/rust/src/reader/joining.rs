//! When a reader joins and asks, and what it makes of the answers.

use super::Reader;
use crate::connection::{Connection, Trouble};
use crate::log::text;
use crate::silences::Silences;
use serde_json::Value;
use std::time::{Duration, Instant};

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

impl Reader<'_> {
    /// Joins after so long, or as soon as the pause between two joins is over.
    pub(super) fn wish(&mut self, after: Duration) {
        self.wished = Some(Instant::now() + after.max(self.pause));
    }

    pub(super) fn join(&mut self, connection: &Connection) {
        self.pause = (2 * self.pause).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        self.wished = None;
        self.requested = Some(Instant::now());
        connection.request("join", self.log.holding());
    }

    pub(super) fn ask(&mut self, connection: &Connection) {
        self.asks = false;
        if let Some(question) = &self.question {
            self.requested = Some(Instant::now());
            connection.request("send", question.payload(&self.log.conversation));
        }
    }

    pub(super) fn acknowledged(&mut self, request: &str, ack: &Value) -> Result<(), Trouble> {
        self.requested = None;
        let code = text(ack, "error");
        if ack["ok"] != true && (request == "send" || matches!(code, "not_found" | "unauthorized")) {
            let sentence = text(ack, "message").to_owned();
            return Err(Trouble::Refused { code: code.to_owned(), sentence });
        }
        if request == "join" {
            self.joined(ack);
        } else if let Some(question) = &mut self.question {
            question.answered(ack);
            self.view.asked(&question.reply, self.log.messages.get(&question.reply));
        }
        Ok(())
    }

    fn joined(&mut self, ack: &Value) {
        self.silences = Silences::begin();
        if ack["ok"] != true {
            return self.wish(Duration::from_secs_f64(ack["retry_after"].as_f64().unwrap_or(1.0)));
        }
        if ack["reload"] == true {
            self.log.forget();
            self.view.removed(&[]);
            return self.wish(Duration::ZERO);
        }
        self.log.joined(ack);
        if self.log.is_behind() {
            self.wish(Duration::ZERO);
        } else if self.wished.is_none() {
            self.pause = Duration::ZERO;
            self.view.in_step(&self.log);
        }
    }
}
