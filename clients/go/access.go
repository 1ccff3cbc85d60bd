package midstream

import (
	"encoding/json"
	"errors"
)

// ErrUnreachable says that there is no connection; later there may be.
var ErrUnreachable = errors.New("the server can't be reached")

// Refused says that the server has said no, and will say so again; Code is the protocol's.
type Refused struct{ Code, Sentence string }

func (r Refused) Error() string { return r.Sentence }

// Access is where a server is, and the API token to sign in with.
type Access struct{ URL, Token string }

// String leaves the token out: it has no place in a log.
func (a Access) String() string { return "server " + a.URL }

// GoString does, too.
func (a Access) GoString() string { return a.String() }

func refusal(why string) error {
	var said struct{ Message string }
	_ = json.Unmarshal([]byte(why), &said)
	switch said.Message {
	case "unauthorized":
		return Refused{said.Message, "The server does not accept this token."}
	case "rate_limited", "unavailable":
		return ErrUnreachable
	}
	return Refused{"protocol", said.Message}
}
