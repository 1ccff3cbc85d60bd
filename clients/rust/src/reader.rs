use crate::access::{is_transient, Access, Error};
use crate::backoff::PendingJoin;
use crate::connection::{Connection, Incoming};
use crate::inactivity::InactivityTimer;
use crate::question::Question;
use crate::rule::{ids, text, MessageLog, Outcome};
use crate::view::View;
use serde_json::Value;
use std::time::{Duration, Instant};

const ACK_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_RETRY_SECONDS: f64 = 1.0;
const ABOUT_PEOPLE: [&str; 4] = ["present", "seen", "reactions", "notification"]; // they say nothing about messages, nor that none was lost

/// Follows one conversation by the rule, over as many connections as necessary.
pub struct Reader<'a> {
    pub log: MessageLog,
    access: Access,
    view: &'a mut dyn View,
    question: Option<Question>,
    must_ask: bool,             // as soon as no request is in flight
    in_flight: Option<Instant>, // when the request in flight was sent
    is_joining: bool,           // the request in flight is a join
    pending_join: PendingJoin,
    inactivity: InactivityTimer,
}

impl<'a> Reader<'a> {
    /// Follows a conversation, and asks a question there if there is one.
    pub fn new(access: Access, conversation: &str, view: &'a mut dyn View, question: Option<&str>) -> Self {
        Reader {
            log: MessageLog::new(conversation),
            access,
            view,
            question: question.map(Question::new),
            must_ask: false,
            in_flight: None,
            is_joining: false,
            pending_join: PendingJoin::new(),
            inactivity: InactivityTimer::new(),
        }
    }

    /// Sends files with the question, by the ids that `upload` has returned; with files it may be empty.
    pub fn with_files(mut self, files: &[String]) -> Self {
        if !files.is_empty() {
            self.question.get_or_insert_with(|| Question::new("")).add(files);
        }
        self
    }

    /// Follows the conversation until the view is done. `Unreachable`: it can't connect at first, or can't
    /// reconnect.
    pub fn run(&mut self) -> Result<(), Error> {
        let mut connection = Connection::open(&self.access, &self.log.conversation)?;
        loop {
            self.follow(&connection)?;
            drop(connection);
            if self.view.is_done() {
                return Ok(());
            }
            connection = Connection::reconnect(&self.access, &self.log.conversation)?;
        }
    }

    /// Follows the conversation until the connection is lost.
    fn follow(&mut self, connection: &Connection) -> Result<(), Error> {
        self.must_ask = self.is_waiting();
        self.join(connection);
        while !self.view.is_done() {
            let timeout = self.deadline().saturating_duration_since(Instant::now());
            match connection.next(timeout) {
                None if self.in_flight.is_some() => return Ok(()), // the connection is silent
                None => self.join(connection),
                Some(Incoming::Disconnected(_)) => return Ok(()),
                Some(Incoming::Connected) => {}
                Some(Incoming::Event(event, data)) => self.receive(&event, &data),
                Some(Incoming::Ack(request, ack)) => self.acknowledged(request, &ack)?,
            }
            if self.must_ask && self.in_flight.is_none() {
                self.ask(connection);
            }
        }
        Ok(())
    }

    fn deadline(&self) -> Instant {
        let ack_deadline = self.in_flight.map(|sent| sent + ACK_TIMEOUT);
        let due = ack_deadline.or(self.pending_join.due());
        due.unwrap_or_else(|| self.inactivity.deadline(self.log.streaming()))
    }

    fn receive(&mut self, event: &str, data: &Value) {
        if ABOUT_PEOPLE.contains(&event) || text(data, "conversation") != self.log.conversation {
            return;
        }
        self.inactivity.received(text(data, "id"));
        let outcome = self.log.apply(event, data);
        self.report(event, data, outcome);
        // While it is joining, what is missing may be on its way already.
        if outcome == Outcome::Rejoin || (self.log.is_behind() && !self.is_joining) {
            self.pending_join.request();
        }
    }

    fn report(&mut self, event: &str, data: &Value, outcome: Outcome) {
        match outcome {
            Outcome::Changed => self.view.changed(&self.log.messages[text(data, "id")]),
            Outcome::Removed => self.view.removed(&ids(data)),
            _ => {}
        }
        if event == "message" && text(data, "role") == "assistant" {
            if let Some(question) = &mut self.question {
                question.answer_began();
                self.must_ask = question.is_waiting();
            }
        }
    }

    fn join(&mut self, connection: &Connection) {
        self.pending_join.sent();
        self.log.joining();
        (self.in_flight, self.is_joining) = (Some(Instant::now()), true);
        connection.request("join", self.log.join_request());
    }

    fn is_waiting(&self) -> bool {
        self.question.as_ref().is_some_and(Question::is_waiting)
    }

    /// Sends the question, or sends it again to learn whether its answer has begun.
    fn ask(&mut self, connection: &Connection) {
        self.must_ask = false;
        if let Some(question) = &mut self.question {
            question.sent();
            self.in_flight = Some(Instant::now());
            connection.request("send", question.payload(&self.log.conversation));
        }
    }

    fn acknowledged(&mut self, request: &str, ack: &Value) -> Result<(), Error> {
        (self.in_flight, self.is_joining) = (None, false);
        if ack["ok"] != true {
            return self.refused(ack);
        }
        if request == "join" {
            self.joined(ack);
        } else {
            self.asked(ack);
        }
        Ok(())
    }

    fn refused(&mut self, ack: &Value) -> Result<(), Error> {
        let code = text(ack, "error").to_owned();
        if !is_transient(&code) {
            return Err(Error::Refused { code, message: text(ack, "message").to_owned() });
        }
        let seconds = ack["retry_after"].as_f64().unwrap_or(DEFAULT_RETRY_SECONDS);
        self.pending_join.retry_after(Duration::from_secs_f64(seconds));
        Ok(())
    }

    fn joined(&mut self, ack: &Value) {
        self.inactivity.restart();
        if ack["reload"] == true {
            self.log.forget();
            self.view.removed(&[]);
            return self.pending_join.request();
        }
        self.log.joined(ack);
        self.must_ask = self.is_waiting();
        if self.log.is_behind() {
            self.pending_join.request();
        } else if self.pending_join.due().is_none() {
            self.pending_join.reset();
            self.view.in_step(&self.log);
        }
    }

    fn asked(&mut self, ack: &Value) {
        if let Some(question) = &mut self.question {
            self.must_ask = question.acknowledged(ack);
            let answer = self.log.messages.get(&question.reply);
            self.view.asked(text(ack, "id"), &question.reply, answer);
        }
    }
}
