package midstream

import (
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
)

// ErrUnreachable reports that there is no connection. A later try may succeed.
var ErrUnreachable = errors.New("the server can't be reached")

// Refused reports that the server has refused a request for good; Code is the protocol's error code.
type Refused struct{ Code, Message string }

func (r Refused) Error() string { return r.Message }

// Access is a server's address and an API token.
type Access struct{ URL, Token string }

// IsAddress reports whether the URL begins with http:// or https:// and names a host.
func (a Access) IsAddress() bool {
	parsed, err := url.Parse(a.URL)
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Hostname() == "" {
		return false
	}
	_, err = strconv.ParseUint(parsed.Port(), 10, 16)
	return err == nil || parsed.Port() == ""
}

// String returns the address without the token, which must not appear in logs.
func (a Access) String() string { return "server " + a.URL }

// GoString returns the same as String.
func (a Access) GoString() string { return a.String() }

// isTransient reports whether a request that was refused with this code may be sent again later.
func isTransient(code string) bool { return code == "rate_limited" || code == "unavailable" }

// connectError returns the error for the payload of a CONNECT_ERROR packet.
func connectError(payload string) error {
	var data struct{ Message string }
	_ = json.Unmarshal([]byte(payload), &data)
	switch {
	case isTransient(data.Message):
		return ErrUnreachable
	case data.Message == "unauthorized":
		return Refused{data.Message, "The server does not accept this token."}
	}
	return Refused{"protocol", data.Message}
}
