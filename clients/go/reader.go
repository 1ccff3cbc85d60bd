package midstream

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

const (
	ackTimeout          = 10 * time.Second
	defaultRetrySeconds = 1.0
)

// An ack is the acknowledgement of a join or of a question.
type ack struct {
	OK                 bool
	Error, Message     string
	RetryAfter         float64 `json:"retry_after"`
	Reload             bool
	Position, Revision int
	ID, Reply          string
}

// A Reader follows one conversation by the rule, over as many connections as necessary.
type Reader struct {
	Log         *MessageLog
	access      Access
	view        View
	question    *question
	stopped     bool
	connection  *connection
	inactivity  inactivityTimer
	pendingJoin pendingJoin
	inFlight    map[string]time.Time // when each request was sent
}

// NewReader returns a reader of a conversation. It asks a question there, with files, by the ids that Upload has
// returned, unless there is neither content nor a file.
func NewReader(access Access, conversation string, view View, content string, files ...string) *Reader {
	reader := &Reader{Log: NewMessageLog(conversation), access: access, view: view, pendingJoin: newPendingJoin()}
	if content != "" || len(files) > 0 {
		reader.question = newQuestion(conversation, content, files)
	}
	return reader
}

// Stop makes Run return; call it from the view.
func (r *Reader) Stop() { r.stopped = true }

// Run follows the conversation until Stop. Its errors are Refused, and ErrUnreachable if it can't connect
// at first, or can't reconnect.
func (r *Reader) Run(ctx context.Context) (err error) {
	r.connection, err = open(ctx, r.access, r.Log.Conversation)
	for err == nil {
		err = r.follow()
		r.connection.close()
		if err != nil || r.stopped {
			return err
		}
		r.connection, err = reconnect(ctx, r.access, r.Log.Conversation)
	}
	return err
}

// follow follows the conversation until the connection is lost.
func (r *Reader) follow() error {
	r.inFlight = map[string]time.Time{}
	r.join()
	r.ask()
	for !r.stopped {
		select {
		case received, isOpen := <-r.connection.incoming:
			if !isOpen {
				return nil
			}
			if err := r.receive(received); err != nil {
				return err
			}
		case <-time.After(time.Until(r.deadline())):
			if len(r.inFlight) > 0 {
				return nil // the connection is silent
			}
			r.join()
		}
	}
	return nil
}

func (r *Reader) deadline() time.Time {
	if len(r.inFlight) > 0 {
		sent := slices.MinFunc(slices.Collect(maps.Values(r.inFlight)), time.Time.Compare)
		return sent.Add(ackTimeout)
	}
	if r.pendingJoin.isPending() {
		return r.pendingJoin.due()
	}
	return r.inactivity.deadline(r.Log.Streaming())
}

func (r *Reader) receive(received incoming) error {
	if received.event == "ack" {
		return r.acknowledged(r.connection.requests[received.number], received.data)
	}
	switch received.event {
	case "present", "seen", "reactions", "notification":
		return nil // about people: they say nothing about messages, nor that none was lost
	}
	var data Event
	if json.Unmarshal(received.data, &data) != nil || data.Conversation != r.Log.Conversation {
		return nil
	}
	r.inactivity.received(data.ID)
	outcome := r.Log.Apply(received.event, data)
	r.report(received.event, data, outcome)
	_, isJoining := r.inFlight["join"] // what is missing may be on its way already
	if outcome == Rejoin || (r.Log.IsBehind() && !isJoining) {
		r.pendingJoin.request()
	}
	return nil
}

func (r *Reader) report(event string, data Event, outcome Outcome) {
	switch outcome {
	case Changed:
		r.view.Changed(r.Log.Messages[data.ID])
	case Removed:
		r.view.Removed(data.IDs)
	}
	if event == "message" && data.Role == "assistant" && r.question != nil {
		// It may be its own answer: an acknowledgement that is already on its way does not mention it.
		r.question.answerBegan = true
		r.ask()
	}
}

func (r *Reader) join() {
	r.pendingJoin.sent()
	r.Log.Joining()
	r.request("join", r.Log.JoinRequest())
}

// ask sends the question, or sends it again to learn whether its answer has begun.
func (r *Reader) ask() {
	if _, isInFlight := r.inFlight["send"]; r.question == nil || r.question.reply != "" || isInFlight {
		return
	}
	r.question.answerBegan = false
	r.request("send", r.question.payload())
}

func (r *Reader) request(event string, payload any) {
	r.inFlight[event] = time.Now()
	r.connection.request(event, payload)
}

func (r *Reader) acknowledged(request string, data json.RawMessage) error {
	var ack ack
	if err := json.Unmarshal(data, &ack); err != nil {
		return err
	}
	delete(r.inFlight, request)
	switch {
	case !ack.OK && !isTransient(ack.Error):
		return Refused{ack.Error, ack.Message}
	case !ack.OK:
		seconds := cmp.Or(ack.RetryAfter, defaultRetrySeconds)
		r.pendingJoin.retryAfter(time.Duration(seconds * float64(time.Second)))
	case request == "join":
		r.joined(ack)
	default:
		r.asked(ack)
	}
	return nil
}

func (r *Reader) joined(ack ack) {
	r.inactivity.restart()
	if ack.Reload {
		r.Log.Forget()
		r.view.Removed(nil)
		r.pendingJoin.request()
		return
	}
	r.Log.Joined(ack.Position, ack.Revision)
	r.ask()
	if r.Log.IsBehind() {
		r.pendingJoin.request()
	} else if !r.pendingJoin.isPending() {
		r.pendingJoin.reset()
		r.view.InStep()
	}
}

func (r *Reader) asked(ack ack) {
	if r.question.acknowledged(ack) {
		r.ask()
	}
	r.view.Asked(ack.ID, ack.Reply)
}
