package midstream

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

const (
	ackTimeout   = 10 * time.Second
	later        = 1.0             // seconds
	patience     = 2 * time.Minute // for a connection that was there once
	longestPause = 8 * time.Second
)

// A Reader follows one conversation by the rule, through as many connections as it takes.
type Reader struct {
	Log          *Log
	access       Access
	view         View
	question     *question
	stopped      bool
	socket       *socket
	silences     silences
	requests     map[string]time.Time // those in flight, and since when
	wished       time.Time            // when the next join is due, unless zero
	refusedUntil time.Time
	pause        time.Duration
}

// NewReader returns a reader of a conversation, who asks a question in it unless it is empty.
func NewReader(access Access, conversation string, view View, content string) *Reader {
	reader := &Reader{Log: NewLog(conversation), access: access, view: view}
	if content != "" {
		reader.question = &question{conversation: conversation, content: content, key: rand.Text()}
	}
	return reader
}

// Stop has Run return; call it from the view.
func (r *Reader) Stop() { r.stopped = true }

// Run follows until Stop. Its errors are Refused, and ErrUnreachable where there is no connection
// at first, or for too long.
func (r *Reader) Run(ctx context.Context) (err error) {
	r.socket, err = open(ctx, r.access)
	for err == nil {
		err = r.follow()
		r.socket.close()
		if err != nil || r.stopped {
			return err
		}
		r.socket, err = reopen(ctx, r.access)
	}
	return err
}

// follow follows until the connection is gone.
func (r *Reader) follow() error {
	r.requests = map[string]time.Time{}
	r.join()
	r.ask()
	for !r.stopped {
		select {
		case arrived, isOpen := <-r.socket.arrivals:
			if !isOpen {
				return nil
			}
			if err := r.take(arrived); err != nil {
				return err
			}
		case <-time.After(time.Until(r.deadline())):
			if len(r.requests) > 0 {
				return nil // nothing comes any more
			}
			r.join()
		}
	}
	return nil
}

func (r *Reader) deadline() time.Time {
	deadline := r.silences.deadline(r.Log.Messages)
	if !r.wished.IsZero() {
		deadline = r.wished
		if deadline.Before(r.refusedUntil) {
			deadline = r.refusedUntil
		}
	}
	if len(r.requests) > 0 {
		since := slices.MinFunc(slices.Collect(maps.Values(r.requests)), time.Time.Compare)
		deadline = since.Add(ackTimeout)
	}
	return deadline
}

func (r *Reader) take(arrived arrival) error {
	if arrived.event == "ack" {
		return r.acknowledged(r.socket.asked[arrived.number], arrived.data)
	}
	var data Event
	if json.Unmarshal(arrived.data, &data) != nil || data.Conversation != r.Log.Conversation {
		return nil
	}
	r.silences.heard(data.ID)
	outcome := r.Log.Apply(arrived.event, data)
	r.tell(arrived.event, data, outcome)
	if outcome == Rejoin || r.Log.IsBehind() {
		r.wish()
	}
	return nil
}

func (r *Reader) tell(event string, data Event, outcome Outcome) {
	switch outcome {
	case Changed:
		r.view.Changed(r.Log.Messages[data.ID])
	case Removed:
		r.view.Removed(data.IDs)
	}
	if event == "message" && data.Role == "assistant" && r.question != nil {
		r.question.isOvertaken = true
		r.ask() // it may have its turn now
	}
}
