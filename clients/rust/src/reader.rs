mod joining;

use crate::connection::{Access, Arrival, Connection, Trouble};
use crate::log::{ids, text, ConversationLog, Message, Outcome};
use crate::question::Question;
use crate::silences::Silences;
use crate::wishes::Wishes;
use serde_json::Value;
use std::time::{Duration, Instant};

const ACK: Duration = Duration::from_secs(10);

/// What a reader tells those who show it, in the thread that calls `Reader::run`. Each method does
/// nothing; have your own do something.
#[allow(unused_variables)]
pub trait View {
    /// A message is new, or another than before.
    fn changed(&mut self, message: &Message) {}

    /// These messages are gone; none named: all, and what is there comes anew.
    fn removed(&mut self, ids: &[String]) {}

    /// The server has the question; the reply is empty until its answer, perhaps known already, begins.
    fn asked(&mut self, id: &str, reply: &str, answer: Option<&Message>) {}

    /// All is there that the server has.
    fn in_step(&mut self, log: &ConversationLog) {}

    /// Has the view seen enough? Then `run` returns.
    fn has_enough(&self) -> bool {
        false
    }
}

/// Follows one conversation by the rule, through as many connections as it takes.
pub struct Reader<'a> {
    pub log: ConversationLog,
    access: Access,
    view: &'a mut dyn View,
    question: Option<Question>,
    asks: bool,                 // as soon as no request is in flight
    requested: Option<Instant>, // since then one is
    wishes: Wishes,
    silences: Silences,
}

impl<'a> Reader<'a> {
    /// Follows answers, and asks a question if there is one.
    pub fn new(access: Access, conversation: &str, view: &'a mut dyn View, question: Option<&str>) -> Self {
        Reader {
            log: ConversationLog::new(conversation),
            access,
            view,
            question: question.map(Question::new),
            asks: false,
            requested: None,
            wishes: Wishes::new(),
            silences: Silences::begin(),
        }
    }

    /// Follows until the view has enough; Unreachable: there is no connection at first, or for too long.
    pub fn run(&mut self) -> Result<(), Trouble> {
        let mut connection = Connection::open(&self.access)?;
        loop {
            self.follow(&connection)?;
            drop(connection);
            if self.view.has_enough() {
                return Ok(());
            }
            connection = Connection::reopen(&self.access)?;
        }
    }

    /// Follows until the connection is gone.
    fn follow(&mut self, connection: &Connection) -> Result<(), Trouble> {
        self.asks = self.is_waiting();
        self.join(connection);
        while !self.view.has_enough() {
            let patience = self.deadline().saturating_duration_since(Instant::now());
            match connection.next(patience) {
                None if self.requested.is_some() => return Ok(()), // nothing comes any more
                None => self.join(connection),
                Some(Arrival::Ended(_)) => return Ok(()),
                Some(Arrival::Connected) => {}
                Some(Arrival::Event(event, data)) => self.take(&event, &data),
                Some(Arrival::Ack(request, ack)) => self.acknowledged(request, &ack)?,
            }
            if self.asks && self.requested.is_none() {
                self.ask(connection);
            }
        }
        Ok(())
    }

    fn deadline(&self) -> Instant {
        let overdue = self.requested.map(|since| since + ACK);
        overdue.or(self.wishes.due()).unwrap_or_else(|| self.silences.deadline(&self.log))
    }

    fn take(&mut self, event: &str, data: &Value) {
        if text(data, "conversation") != self.log.conversation {
            return;
        }
        self.silences.heard(text(data, "id"));
        let outcome = self.log.apply(event, data);
        match outcome {
            Outcome::Changed => self.view.changed(&self.log.messages[text(data, "id")]),
            Outcome::Removed => self.view.removed(&ids(data)),
            _ => {}
        }
        if event == "message" && text(data, "role") == "assistant" {
            self.overtake();
        }
        if outcome == Outcome::Rejoin || self.log.is_behind() {
            self.wishes.wish();
        }
    }
}
