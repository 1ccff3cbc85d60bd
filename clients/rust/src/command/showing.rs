use crate::say;
use midstream::{ConversationLog, Message, View};
use std::io::{stdout, IsTerminal, Write};

pub const INCOMPLETE: i32 = 1;

/// Prints one answer: the one that is asked for, or the first that streams.
pub struct Showing {
    asks: bool,
    is_terminal: bool,
    question: String, // its id
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
            question: String::new(),
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
            self.print(unprinted(&message.thinking, self.thinking), "\x1b[2m", "\x1b[0m");
            self.thinking = self.thinking.max(message.thinking.len());
        }
        let gap = if self.thinking > 0 && self.content == 0 { "\n\n" } else { "" };
        self.print(unprinted(&message.content, self.content), gap, "");
        self.content = self.content.max(message.content.len());
        if message.is_streaming() {
            return;
        }
        self.print("\n", "", "");
        match (&message.status[..], &message.error) {
            ("complete", _) => self.exit = self.exit.or(Some(0)),
            (_, Some(error)) => self.fail(error),
            (status, None) => self.fail(&format!("The answer was {status}.")),
        }
    }

    /// Prints at once, to a terminal without what would be a command to it; ends if nobody reads.
    fn print(&mut self, text: &str, before: &str, after: &str) {
        let is_harmless = |char: &char| !self.is_terminal || !char.is_control() || "\n\t".contains(*char);
        let text: String = text.chars().filter(is_harmless).collect();
        if !text.is_empty() {
            let mut out = stdout().lock();
            if write!(out, "{before}{text}{after}").and_then(|()| out.flush()).is_err() {
                self.exit = Some(INCOMPLETE);
            }
        }
    }

    fn fail(&mut self, sentence: &str) {
        say(sentence);
        self.exit = Some(INCOMPLETE);
    }
}

/// What is not printed yet of a text, which may be shorter for a while after a reload.
fn unprinted(text: &str, printed: usize) -> &str {
    text.get(printed..).unwrap_or("")
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
        } else if ids.contains(&self.question) {
            self.fail("The question was removed.");
        }
    }

    fn asked(&mut self, id: &str, reply: &str, answer: Option<&Message>) {
        id.clone_into(&mut self.question);
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
