package midstream

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"time"
)

// An ack is what a join or a question is answered with.
type ack struct {
	OK                 bool
	Error, Message     string
	RetryAfter         float64 `json:"retry_after"`
	Reload             bool
	Position, Revision int
	Reply              string
}

// A question is asked once, however often it is sent: the same key is the same question.
type question struct {
	conversation, content, key, reply string
	isStored                          bool
}

func (q *question) payload() map[string]string {
	return map[string]string{"conversation": q.conversation, "content": q.content, "key": q.key}
}

// reopen comes back to a server, which may be away for a while.
func reopen(ctx context.Context, access Access) (*socket, error) {
	deadline, pause := time.Now().Add(patience), 250*time.Millisecond
	for ctx.Err() == nil && time.Now().Before(deadline) {
		time.Sleep(pause/2 + rand.N(pause/2))
		pause = min(2*pause, longestPause)
		socket, err := open(ctx, access)
		if !errors.Is(err, ErrUnreachable) {
			return socket, err
		}
	}
	return nil, ErrUnreachable
}

// wish has it join in a while, or as soon as the pause between two joins is over.
func (r *Reader) wish(in time.Duration) { r.wished = time.Now().Add(max(in, r.pause)) }

func (r *Reader) join() {
	r.pause = min(max(100*time.Millisecond, 2*r.pause), longestPause)
	r.wished, r.joining = time.Time{}, time.Now()
	r.socket.request("join", r.Log.Holding())
}

// ask asks, or asks what has become of it.
func (r *Reader) ask() {
	if r.question != nil && r.question.reply == "" {
		r.socket.request("send", r.question.payload())
	}
}

func (r *Reader) acknowledged(request string, data json.RawMessage) error {
	var said ack
	if err := json.Unmarshal(data, &said); err != nil {
		return err
	}
	final := request == "send" || said.Error == "not_found" || said.Error == "unauthorized"
	switch {
	case !said.OK && final:
		return Refused{said.Error, said.Message}
	case request == "join":
		r.joined(said)
	default:
		r.question.isStored, r.question.reply = true, said.Reply
		r.view.Asked(said.Reply)
	}
	return nil
}

func (r *Reader) joined(said ack) {
	r.joining = time.Time{}
	r.silences.restart()
	switch {
	case !said.OK && said.RetryAfter > 0:
		r.wish(time.Duration(said.RetryAfter * float64(time.Second)))
	case !said.OK:
		r.wish(later)
	case said.Reload:
		r.Log.Forget()
		r.view.Removed(nil)
		r.wish(0)
	default:
		r.reached(said)
	}
}

func (r *Reader) reached(said ack) {
	r.Log.Joined(said.Position, said.Revision)
	if r.Log.IsBehind() {
		r.wish(0)
	} else if r.wished.IsZero() {
		r.pause = 0
		r.view.InStep()
	}
}
