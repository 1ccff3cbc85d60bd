//! Follows Midstream conversations: joins in the middle of an answer, reconnects when the connection is
//! lost, and receives every character up to the last.

mod access;
mod backoff;
mod connection;
mod cursor;
mod early;
mod files;
mod inactivity;
mod list;
mod question;
mod reader;
mod rule;
mod view;

pub use access::{Access, Error};
pub use files::upload;
pub use list::ConversationList;
pub use reader::Reader;
pub use rule::{Message, MessageLog, Outcome};
pub use view::View;
