//! When a reader joins and asks, and what it makes of the answers.

use super::Reader;
use crate::connection::{is_passing, Connection, Trouble};
use crate::log::text;
use crate::question::Question;
use crate::silences::Silences;
use serde_json::Value;
use std::time::{Duration, Instant};

impl Reader<'_> {
    pub(super) fn join(&mut self, connection: &Connection) {
        self.wishes.granted();
        self.requested = Some(Instant::now());
        connection.request("join", self.log.holding());
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.question.as_ref().is_some_and(Question::is_waiting)
    }

    /// An answer has begun: the question may have its turn now.
    pub(super) fn overtake(&mut self) {
        if let Some(question) = &mut self.question {
            question.overtake();
            self.asks = question.is_waiting();
        }
    }

    /// Asks, or asks what has become of it.
    pub(super) fn ask(&mut self, connection: &Connection) {
        self.asks = false;
        if let Some(question) = &mut self.question {
            question.asked();
            self.requested = Some(Instant::now());
            connection.request("send", question.payload(&self.log.conversation));
        }
    }

    pub(super) fn acknowledged(&mut self, request: &str, ack: &Value) -> Result<(), Trouble> {
        self.requested = None;
        if ack["ok"] != true {
            return self.refused(ack);
        }
        if request == "join" {
            self.joined(ack);
        } else if let Some(question) = &mut self.question {
            self.asks = question.answered(ack);
            let answer = self.log.messages.get(&question.reply);
            self.view.asked(text(ack, "id"), &question.reply, answer);
        }
        Ok(())
    }

    fn refused(&mut self, ack: &Value) -> Result<(), Trouble> {
        let code = text(ack, "error").to_owned();
        if !is_passing(&code) {
            return Err(Trouble::Refused { code, sentence: text(ack, "message").to_owned() });
        }
        self.wishes.refused(Duration::from_secs_f64(ack["retry_after"].as_f64().unwrap_or(1.0)));
        Ok(())
    }

    fn joined(&mut self, ack: &Value) {
        self.silences = Silences::begin();
        if ack["reload"] == true {
            self.log.forget();
            self.view.removed(&[]);
            return self.wishes.wish();
        }
        self.log.joined(ack);
        self.asks = self.is_waiting();
        if self.log.is_behind() {
            self.wishes.wish();
        } else if self.wishes.due().is_none() {
            self.wishes.fulfilled();
            self.view.in_step(&self.log);
        }
    }
}
