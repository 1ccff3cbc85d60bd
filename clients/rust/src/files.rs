use crate::access::{Access, Error};
use crate::rule::text;
use reqwest::blocking::multipart::Form;
use reqwest::blocking::Client;
use reqwest::Url;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

const UPLOAD_TIMEOUT: Duration = Duration::from_secs(120);

/// Uploads a file and returns its id, for a question that is asked within a day.
pub fn upload(access: &Access, conversation: &str, path: &Path) -> Result<String, Error> {
    let unreadable = |error| Error::Unreadable { path: path.to_owned(), error };
    let form = Form::new().file("file", path).map_err(unreadable)?;
    let mut address = Url::parse(&access.url).map_err(|_| Error::Unreachable)?;
    let mut segments = address.path_segments_mut().map_err(|()| Error::Unreachable)?;
    segments.pop_if_empty().extend(["api", "conversations", conversation, "files"]);
    drop(segments);
    let request = Client::new().post(address).bearer_auth(&access.token).multipart(form);
    let answer = request.timeout(UPLOAD_TIMEOUT).send().and_then(|response| response.json::<Value>());
    let answer = answer.map_err(|_| Error::Unreachable)?;
    match (text(&answer, "id"), text(&answer, "error")) {
        ("", "") => Err(Error::Unreachable), // this was not the server
        (id, "") => Ok(id.to_owned()),
        (_, code) => {
            Err(Error::Refused { code: code.to_owned(), message: text(&answer, "message").to_owned() })
        }
    }
}
