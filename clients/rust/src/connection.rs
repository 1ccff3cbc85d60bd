use crate::log::text;
use crate::question::random;
use rust_socketio::client::Client;
use rust_socketio::{ClientBuilder, Event, Payload, TransportType};
use serde_json::{json, Value};
use std::panic::resume_unwind;
use std::sync::mpsc::{channel, Receiver, RecvTimeoutError, Sender};
use std::thread::sleep;
use std::time::{Duration, Instant};

const OPEN: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(120); // for a server that was there once
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
const REFUSAL: &str = "Received an ConnectError frame: ";

/// Where a server is, and the API token to sign in with.
pub struct Access {
    pub url: String,
    pub token: String,
}

/// Why a reader can't go on.
#[derive(Debug)]
pub enum Trouble {
    /// There is no connection; later there may be.
    Unreachable,
    /// The server has said no, and will say so again; the code is the protocol's.
    Refused { code: String, sentence: String },
}

/// May what was refused with this code be asked again after a while?
pub(crate) fn is_passing(code: &str) -> bool {
    matches!(code, "rate_limited" | "unavailable")
}

/// What comes on a connection.
pub(crate) enum Arrival {
    Connected,
    Event(String, Value),
    Ack(&'static str, Value),
    Ended(String),
}

/// One connection to a server. rust_socketio's thread calls back; what it says arrives in order.
pub(crate) struct Connection {
    client: Client,
    arrivals: Receiver<Arrival>,
    sender: Sender<Arrival>,
}

impl Connection {
    /// Connects and signs in.
    pub fn open(access: &Access) -> Result<Self, Trouble> {
        let (sender, arrivals) = channel();
        let [connected, told, failed, closed] = [(); 4].map(|()| sender.clone());
        let client = ClientBuilder::new(access.url.trim_end_matches('/'))
            .namespace("/conversations")
            .auth(json!({"token": access.token, "protocol": 1}))
            .transport_type(TransportType::Websocket)
            .reconnect(false)
            .on(Event::Connect, move |_, _| hand(&connected, Arrival::Connected))
            .on_any(move |event, said, _| hand(&told, Arrival::Event(event.into(), object(said))))
            .on(Event::Error, move |said, _| end(&failed, said))
            .on(Event::Close, move |said, _| end(&closed, said))
            .connect()
            .map_err(|_| Trouble::Unreachable)?;
        let connection = Connection { client, arrivals, sender };
        match connection.next(OPEN) {
            Some(Arrival::Connected) => Ok(connection),
            Some(Arrival::Ended(why)) => Err(trouble(&why)),
            _ => Err(Trouble::Unreachable),
        }
    }

    /// Comes back to a server, which may be away for a while.
    pub fn reopen(access: &Access) -> Result<Self, Trouble> {
        let deadline = Instant::now() + PATIENCE;
        let mut pause = SHORTEST_PAUSE;
        while Instant::now() < deadline {
            sleep(pause.mul_f64(0.5 + (random() % 1000) as f64 / 2000.0));
            pause = LONGEST_PAUSE.min(2 * pause);
            match Connection::open(access) {
                Err(Trouble::Unreachable) => continue,
                opened => return opened,
            }
        }
        Err(Trouble::Unreachable)
    }

    /// Asks something of the server. Have one request in flight at a time: rust_socketio numbers
    /// them by chance, and gives the answer of one to all that have its number.
    pub fn request(&self, event: &'static str, payload: Value) {
        let sender = self.sender.clone();
        let answer = move |said, _| hand(&sender, Arrival::Ack(event, object(said)));
        let _ = self.client.emit_with_ack(event, payload, Duration::MAX, answer);
        // or it has ended
    }

    /// What comes next, or nothing if nothing comes for so long.
    pub fn next(&self, patience: Duration) -> Option<Arrival> {
        match self.arrivals.recv_timeout(patience) {
            Ok(arrival) => Some(arrival),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Arrival::Ended(String::new())),
        }
    }
}

/// Hands on what has come; where nobody takes it any more, rust_socketio's thread has done its work.
fn hand(sender: &Sender<Arrival>, arrival: Arrival) {
    if sender.send(arrival).is_err() {
        resume_unwind(Box::new("nobody reads any more"));
    }
}

/// Ends rust_socketio's thread, which would otherwise go round and round without a pause.
fn end(sender: &Sender<Arrival>, why: Payload) {
    let _ = sender.send(Arrival::Ended(object(why).as_str().unwrap_or("").to_owned()));
    resume_unwind(Box::new("the connection has ended"));
}

/// The one value that each event and acknowledgement of the protocol has.
fn object(said: Payload) -> Value {
    let mut value = match said {
        Payload::Text(mut values) if !values.is_empty() => values.swap_remove(0),
        _ => Value::Null,
    };
    while let Value::Array(mut values) = value {
        value = values.pop().unwrap_or(Value::Null); // acknowledgements come in a list
    }
    value
}

fn trouble(why: &str) -> Trouble {
    let Some(frame) = why.strip_prefix(REFUSAL) else {
        return Trouble::Unreachable;
    };
    let said: Value = serde_json::from_str(frame).unwrap_or_default();
    let (code, sentence) = match text(&said, "message") {
        code if is_passing(code) => return Trouble::Unreachable,
        "unauthorized" => ("unauthorized", "The server does not accept this token."),
        sentence => ("protocol", sentence),
    };
    Trouble::Refused { code: code.to_owned(), sentence: sentence.to_owned() }
}
