package midstream

import (
	"cmp"
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
	ID, Reply          string
}

// isPassing says whether what was refused may be asked again after a while.
func (a ack) isPassing() bool { return a.Error == "rate_limited" || a.Error == "unavailable" }

// A question is asked once, however often it is sent: the same key is the same question.
type question struct {
	conversation, content, key, reply string
	isOvertaken                       bool // an answer has come while it was in flight
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

// wish has it join as soon as the pause between two joins is over; another wish never puts that off.
func (r *Reader) wish() {
	if due := time.Now().Add(r.pause); r.wished.IsZero() || due.Before(r.wished) {
		r.wished = due
	}
}

func (r *Reader) join() {
	r.pause = min(max(100*time.Millisecond, 2*r.pause), longestPause)
	r.wished = time.Time{}
	r.request("join", r.Log.Holding())
}

// ask asks, or asks what has become of it, unless that is being asked.
func (r *Reader) ask() {
	if _, isInFlight := r.requests["send"]; r.question == nil || r.question.reply != "" || isInFlight {
		return
	}
	r.question.isOvertaken = false
	r.request("send", r.question.payload())
}

func (r *Reader) request(event string, payload any) {
	r.requests[event] = time.Now()
	r.socket.request(event, payload)
}

func (r *Reader) acknowledged(request string, data json.RawMessage) error {
	var said ack
	if err := json.Unmarshal(data, &said); err != nil {
		return err
	}
	delete(r.requests, request)
	switch {
	case !said.OK && !said.isPassing():
		return Refused{said.Error, said.Message}
	case !said.OK:
		r.refusedUntil = time.Now().Add(time.Duration(cmp.Or(said.RetryAfter, later) * float64(time.Second)))
		r.wish()
	case request == "join":
		r.joined(said)
	default:
		r.asked(said)
	}
	return nil
}

func (r *Reader) asked(said ack) {
	r.question.reply = said.Reply
	if r.question.isOvertaken {
		r.ask()
	}
	r.view.Asked(said.ID, said.Reply)
}

func (r *Reader) joined(said ack) {
	r.silences.restart()
	if said.Reload {
		r.Log.Forget()
		r.view.Removed(nil)
		r.wish()
		return
	}
	r.Log.Joined(said.Position, said.Revision)
	r.ask()
	if r.Log.IsBehind() {
		r.wish()
	} else if r.wished.IsZero() {
		r.pause = 0
		r.view.InStep()
	}
}
