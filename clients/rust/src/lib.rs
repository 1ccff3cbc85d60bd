//! Reads along in Midstream conversations: from the middle of an answer, through lost connections,
//! to its last character.

mod connection;
mod horizon;
mod log;
mod question;
mod reader;
mod silences;
mod wishes;

pub use connection::{Access, Trouble};
pub use log::{ConversationLog, Message, Outcome};
pub use reader::{Reader, View};
