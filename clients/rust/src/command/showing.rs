use crate::say;
use midstream::{ConversationLog, Message, View};
use std::io::{stdout, IsTerminal, Write};

const INCOMPLETE: i32 = 1;

/// Prints one answer: the one that is asked for, or the first that streams.
pub struct Showing {
    asks: bool,
    is_terminal: bool,
    followed: String, // the answer's id
    was_there: bool,
    content: usize, // bytes printed
    thinking: usize,
    exit: Option<i32>,
}

impl Showing {
    /// `asks`: it shows the answer to a question.
    pub fn new(asks: bool) -> Self {
        Showing {
            asks,
            is_terminal: stdout().is_terminal(),
            followed: String::new(),
            was_there: false,
            content: 0,
            thinking: 0,
            exit: None,
        }
    }

    /// How it ended.
    pub fn exit(&self) -> i32 {
        self.exit.unwrap_or(INCOMPLETE)
    }

    fn show(&mut self, message: &Message) {
        self.was_there = true;
        if self.is_terminal {
            let thought = harmless(&message.thinking[self.thinking..]);
            print(&format!("\x1b[2m{thought}\x1b[0m"));
            print(&harmless(&message.content[self.content..]));
        } else {
            print(&message.content[self.content..]);
        }
        (self.content, self.thinking) = (message.content.len(), message.thinking.len());
        if message.is_streaming() {
            return;
        }
        print("\n");
        match (&message.status[..], &message.error) {
            ("complete", _) => self.exit = Some(0),
            (_, Some(error)) => self.fail(error),
            (status, None) => self.fail(&format!("The answer was {status}.")),
        }
    }

    fn fail(&mut self, sentence: &str) {
        say(sentence);
        self.exit = Some(INCOMPLETE);
    }
}

impl View for Showing {
    fn changed(&mut self, message: &Message) {
        if self.followed.is_empty() && !self.asks && message.is_streaming() {
            self.followed.clone_from(&message.id);
        }
        if message.id == self.followed {
            self.show(message);
        }
    }

    fn removed(&mut self, ids: &[String]) {
        if ids.contains(&self.followed) {
            self.fail("The answer was removed.");
        }
    }

    fn asked(&mut self, reply: &str, answer: Option<&Message>) {
        reply.clone_into(&mut self.followed);
        if let Some(message) = answer {
            self.show(message);
        }
    }

    fn in_step(&mut self, log: &ConversationLog) {
        if self.followed.is_empty() && !self.asks {
            self.exit = Some(0);
        } else if self.was_there && !log.messages.contains_key(&self.followed) {
            self.fail("The answer was removed.");
        }
    }

    fn has_enough(&self) -> bool {
        self.exit.is_some()
    }
}

/// What of a text is no command to a terminal.
fn harmless(text: &str) -> String {
    text.chars().filter(|char| !char.is_control() || matches!(char, '\n' | '\t')).collect()
}

/// Prints at once; where nobody reads it, there is nobody to tell either.
fn print(text: &str) {
    let mut out = stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
