use crate::print_error;
use midstream::{Message, MessageLog, View};
use std::io::{stdout, IsTerminal, Write};

pub const INCOMPLETE: i32 = 1;

/// Prints one answer: that of the question, or the first that streams.
pub struct Output {
    asks: bool, // prints the answer of a question
    is_terminal: bool,
    question: String,       // its id
    followed: String,       // the answer's id
    has_answer: bool,       // has received the answer
    printed_content: usize, // bytes
    printed_thinking: usize,
    exit_code: Option<i32>,
}

impl Output {
    /// `asks`: it prints the answer of a question.
    pub fn new(asks: bool) -> Self {
        Output {
            asks,
            is_terminal: stdout().is_terminal(),
            question: String::new(),
            followed: String::new(),
            has_answer: false,
            printed_content: 0,
            printed_thinking: 0,
            exit_code: None,
        }
    }

    /// The exit code of the command.
    pub fn exit_code(&self) -> i32 {
        self.exit_code.unwrap_or(INCOMPLETE)
    }

    fn print(&mut self, message: &Message) {
        self.has_answer = true;
        if self.is_terminal {
            self.write(unprinted(&message.thinking, self.printed_thinking), "\x1b[2m", "\x1b[0m");
            self.printed_thinking = self.printed_thinking.max(message.thinking.len());
        }
        let gap = if self.printed_thinking > 0 && self.printed_content == 0 { "\n\n" } else { "" };
        self.write(unprinted(&message.content, self.printed_content), gap, "");
        self.printed_content = self.printed_content.max(message.content.len());
        if message.is_streaming() {
            return;
        }
        self.write("\n", "", "");
        match (&message.status[..], &message.error) {
            ("complete", _) => self.complete(message.note.as_deref()),
            (_, Some(error)) => self.fail(error),
            (status, None) => {
                let status = format!("The answer was {status}.");
                self.fail(message.note.as_deref().unwrap_or(&status));
            }
        }
    }

    /// Prints and flushes, to a terminal without control characters; ends if the output is closed.
    fn write(&mut self, text: &str, before: &str, after: &str) {
        let is_safe = |char: &char| !self.is_terminal || !char.is_control() || "\n\t".contains(*char);
        let text: String = text.chars().filter(is_safe).collect();
        if !text.is_empty() {
            let mut out = stdout().lock();
            if write!(out, "{before}{text}{after}").and_then(|()| out.flush()).is_err() {
                self.exit_code = Some(INCOMPLETE);
            }
        }
    }

    fn complete(&mut self, note: Option<&str>) {
        if let Some(note) = note {
            print_error(note);
        }
        self.exit_code = self.exit_code.or(Some(0));
    }

    fn fail(&mut self, message: &str) {
        print_error(message);
        self.exit_code = Some(INCOMPLETE);
    }
}

/// What is not printed yet of a text, which may be shorter for a while after a reload.
fn unprinted(text: &str, printed: usize) -> &str {
    text.get(printed..).unwrap_or("")
}

impl View for Output {
    fn changed(&mut self, message: &Message) {
        if self.followed.is_empty() && !self.asks && message.is_streaming() {
            self.followed.clone_from(&message.id);
        }
        if message.id == self.followed {
            self.print(message);
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
            self.print(message);
        }
    }

    fn in_step(&mut self, log: &MessageLog) {
        if self.followed.is_empty() && !self.asks {
            self.exit_code = Some(0);
        } else if self.has_answer && !log.messages.contains_key(&self.followed) {
            self.fail("The answer was removed.");
        }
    }

    fn is_done(&self) -> bool {
        self.exit_code.is_some()
    }
}
