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

func refusal(why string) error {
	var said struct{ Message string }
	_ = json.Unmarshal([]byte(why), &said)
	if said.Message == "unauthorized" {
		return Refused{said.Message, "The server does not accept this token."}
	}
	return Refused{"protocol", said.Message}
}
