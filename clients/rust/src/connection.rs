use crate::access::{is_transient, Access, Error};
use crate::backoff::Backoff;
use crate::rule::text;
use reqwest::Url;
use rust_socketio::client::Client;
use rust_socketio::{ClientBuilder, Event, Payload, TransportType};
use serde_json::{json, Value};
use std::panic::resume_unwind;
use std::sync::mpsc::{channel, Receiver, RecvTimeoutError, Sender};
use std::thread::sleep;
use std::time::{Duration, Instant};

const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
const RECONNECT_TIMEOUT: Duration = Duration::from_secs(120);
const SHORTEST_DELAY: Duration = Duration::from_millis(250);
const CONNECT_ERROR: &str = "Received an ConnectError frame: ";

/// What arrives on a connection.
pub(crate) enum Incoming {
    Connected,
    Event(String, Value),
    Ack(&'static str, Value),
    Disconnected(String),
}

/// One connection to a server. rust_socketio calls back in its own thread; the channel keeps the order.
pub(crate) struct Connection {
    client: Client,
    incoming: Receiver<Incoming>,
    sender: Sender<Incoming>,
}

impl Connection {
    /// Connects and signs in, to follow a conversation.
    pub fn open(access: &Access, conversation: &str) -> Result<Self, Error> {
        let (sender, incoming) = channel();
        let [connected, received, failed, closed] = [(); 4].map(|()| sender.clone());
        let client = ClientBuilder::new(address(access, conversation)?)
            .namespace("/conversations")
            .auth(json!({"token": access.token, "protocol": 1}))
            .transport_type(TransportType::Websocket)
            .reconnect(false)
            .on(Event::Connect, move |_, _| deliver(&connected, Incoming::Connected))
            .on_any(move |event, payload, _| {
                deliver(&received, Incoming::Event(event.into(), argument(payload)))
            })
            .on(Event::Error, move |payload, _| disconnected(&failed, payload))
            .on(Event::Close, move |payload, _| disconnected(&closed, payload))
            .connect()
            .map_err(|_| Error::Unreachable)?;
        let connection = Connection { client, incoming, sender };
        match connection.next(OPEN_TIMEOUT) {
            Some(Incoming::Connected) => Ok(connection),
            Some(Incoming::Disconnected(reason)) => Err(connect_error(&reason)),
            _ => Err(Error::Unreachable),
        }
    }

    /// Connects to a server that may be away for a while.
    pub fn reconnect(access: &Access, conversation: &str) -> Result<Self, Error> {
        let deadline = Instant::now() + RECONNECT_TIMEOUT;
        let mut backoff = Backoff::new(SHORTEST_DELAY);
        while Instant::now() < deadline {
            backoff.increase();
            sleep(backoff.jittered());
            match Connection::open(access, conversation) {
                Err(Error::Unreachable) => continue,
                opened => return opened,
            }
        }
        Err(Error::Unreachable)
    }

    /// Sends a request; its acknowledgement arrives as `Ack`. Send one request at a time: rust_socketio
    /// numbers them at random, and gives one acknowledgement to all that have its number.
    pub fn request(&self, event: &'static str, payload: Value) {
        let sender = self.sender.clone();
        let acknowledged = move |payload, _| deliver(&sender, Incoming::Ack(event, argument(payload)));
        // An error means that the connection is lost, which `next` reports.
        let _ = self.client.emit_with_ack(event, payload, Duration::MAX, acknowledged);
    }

    /// What arrives next, if anything arrives within the timeout.
    pub fn next(&self, timeout: Duration) -> Option<Incoming> {
        match self.incoming.recv_timeout(timeout) {
            Ok(incoming) => Some(incoming),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Incoming::Disconnected(String::new())),
        }
    }
}

/// The address to connect to. A proxy may bring the readers of a conversation together by its query.
fn address(access: &Access, conversation: &str) -> Result<String, Error> {
    let address = format!("{}/socket.io/", access.url.trim_end_matches('/'));
    let address = Url::parse_with_params(&address, [("conversation", conversation)]);
    Ok(address.map_err(|_| Error::Unreachable)?.into())
}

/// Passes on what has arrived; ends rust_socketio's thread if the connection was dropped.
fn deliver(sender: &Sender<Incoming>, incoming: Incoming) {
    if sender.send(incoming).is_err() {
        resume_unwind(Box::new("the connection was dropped"));
    }
}

/// Ends rust_socketio's thread, which would otherwise loop without a pause.
fn disconnected(sender: &Sender<Incoming>, reason: Payload) {
    let _ = sender.send(Incoming::Disconnected(argument(reason).as_str().unwrap_or("").to_owned()));
    resume_unwind(Box::new("the connection has ended"));
}

/// The single argument that each event and acknowledgement of the protocol has.
fn argument(payload: Payload) -> Value {
    let mut value = match payload {
        Payload::Text(mut values) if !values.is_empty() => values.swap_remove(0),
        _ => Value::Null,
    };
    while let Value::Array(mut values) = value {
        value = values.pop().unwrap_or(Value::Null); // acknowledgements arrive in a list
    }
    value
}

fn connect_error(reason: &str) -> Error {
    let Some(payload) = reason.strip_prefix(CONNECT_ERROR) else {
        return Error::Unreachable;
    };
    let data: Value = serde_json::from_str(payload).unwrap_or_default();
    let (code, message) = match text(&data, "message") {
        code if is_transient(code) => return Error::Unreachable,
        "unauthorized" => ("unauthorized", "The server does not accept this token."),
        message => ("protocol", message),
    };
    Error::Refused { code: code.to_owned(), message: message.to_owned() }
}
