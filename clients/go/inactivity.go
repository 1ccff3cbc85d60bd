package midstream

import "time"

const (
	messageTimeout      = 10 * time.Second // for a message that is streaming
	conversationTimeout = 60 * time.Second
)

// An inactivityTimer notices that nothing arrives for too long: the last event may have been lost.
type inactivityTimer struct {
	joined, last time.Time
	lastOf       map[string]time.Time // messages by id
}

// restart restarts all timeouts: the reader has joined.
func (t *inactivityTimer) restart() {
	t.joined = time.Now()
	t.last, t.lastOf = t.joined, map[string]time.Time{}
}

// received records an event of the conversation, and of a message if it names one.
func (t *inactivityTimer) received(id string) {
	t.last = time.Now()
	if id != "" && t.lastOf != nil {
		t.lastOf[id] = t.last
	}
}

// deadline returns when the first timeout ends.
func (t *inactivityTimer) deadline(streaming []*Message) time.Time {
	deadline := t.last.Add(conversationTimeout)
	for _, message := range streaming {
		since, isKnown := t.lastOf[message.ID]
		if !isKnown {
			since = t.joined
		}
		if at := since.Add(messageTimeout); at.Before(deadline) {
			deadline = at
		}
	}
	return deadline
}
