use crate::rule::{Message, MessageLog};

/// What a reader reports, in the thread that calls `Reader::run`. Each method does nothing. Override the
/// ones that you need.
#[allow(unused_variables)]
pub trait View {
    /// A message is new or has changed.
    fn changed(&mut self, message: &Message) {}

    /// These messages were removed. No ids: all of them; the last page follows.
    fn removed(&mut self, ids: &[String]) {}

    /// The server has stored the question; the reply is empty until its answer begins. `answer` is what
    /// the reader holds of it.
    fn asked(&mut self, id: &str, reply: &str, answer: Option<&Message>) {}

    /// The reader holds everything that the server has.
    fn in_step(&mut self, log: &MessageLog) {}

    /// Should `run` return?
    fn is_done(&self) -> bool {
        false
    }
}
