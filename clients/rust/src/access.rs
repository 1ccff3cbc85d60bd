use reqwest::Url;
use std::io;
use std::path::PathBuf;

/// A server's address and an API token.
pub struct Access {
    pub url: String,
    pub token: String,
}

impl Access {
    /// Does the URL begin with http:// or https://, and name a host?
    pub fn is_address(&self) -> bool {
        let (scheme, rest) = self.url.split_once("://").unwrap_or_default();
        // By itself the parser takes the first part of a path for a missing host.
        let names_host = !rest.starts_with(['/', '\\']);
        matches!(scheme, "http" | "https") && names_host && Url::parse(&self.url).is_ok()
    }
}

/// Why a reader has ended.
#[derive(Debug)]
pub enum Error {
    /// There is no connection. A later try may succeed.
    Unreachable,
    /// The server has refused a request for good; the code is the protocol's error code.
    Refused { code: String, message: String },
    /// A file that was to be uploaded can't be read.
    Unreadable { path: PathBuf, error: io::Error },
}

/// May a request that was refused with this code be sent again later?
pub(crate) fn is_transient(code: &str) -> bool {
    matches!(code, "rate_limited" | "unavailable")
}
