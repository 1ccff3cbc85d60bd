// Package midstream reads along in Midstream conversations: from the middle of an answer, through
// lost connections, to its last character.
package midstream

// An Outcome is what an event has changed.
type Outcome int

// What an event may have changed.
const (
	Ignored Outcome = iota
	Changed
	Removed
	Rejoin
)

// A Log holds the messages of one conversation, and keeps to the one rule. It knows no socket and
// no clock: Reader brings the events and acts on the outcomes.
type Log struct {
	Conversation string
	Messages     map[string]*Message
	horizon      horizon
	removed      map[string]bool
}

// A Holding is what a join tells the server: what the reader has.
type Holding struct {
	Conversation string         `json:"conversation"`
	After        int            `json:"after"`
	Revision     *int           `json:"revision,omitempty"`
	Have         map[string]int `json:"have"`
}

// NewLog returns the log of a reader that holds nothing yet.
func NewLog(conversation string) *Log {
	return &Log{conversation, map[string]*Message{}, newHorizon(), map[string]bool{}}
}

// Apply takes an event in.
func (l *Log) Apply(event string, data Event) Outcome {
	switch event {
	case "rejoin":
		return Rejoin
	case "removed":
		return l.remove(data)
	}
	l.horizon.hear(data.Position, data.Revision)
	outcome := Ignored
	switch event {
	case "message", "current_state":
		outcome = l.follow(data, data.Since == 0)
	case "chunk", "streaming_end":
		outcome = l.follow(data, false)
	}
	if event == "message" && data.Position != nil {
		l.horizon.reach(*data.Position)
	}
	return outcome
}

// follow is the rule.
func (l *Log) follow(data Event, isBeginning bool) Outcome {
	if l.removed[data.ID] {
		return Ignored
	}
	known := l.Messages[data.ID]
	switch {
	case known == nil && !isBeginning:
		return Rejoin
	case known != nil && data.Seq <= known.Seq:
		return Ignored
	case known == nil || data.Since == 0:
		known = &Message{ID: data.ID}
		l.Messages[data.ID] = known
	case data.Since != known.Seq:
		return Rejoin
	}
	known.content.WriteString(data.Content)
	known.thinking.WriteString(data.Thinking)
	known.Seq, known.Status, known.Error = data.Seq, data.Status, data.Error
	return Changed
}

func (l *Log) remove(data Event) Outcome {
	wereKnown := true
	for _, id := range data.IDs {
		wereKnown = wereKnown && (l.removed[id] || l.Messages[id] != nil)
		delete(l.Messages, id)
		l.removed[id] = true
	}
	l.horizon.remove(*data.Revision, wereKnown)
	return Removed
}

// Joined takes in a join's acknowledgement; one that says reload is followed by Forget instead.
func (l *Log) Joined(position, revision int) { l.horizon.joined(position, revision) }

// IsBehind says whether the server has spoken of more than is held: join again.
func (l *Log) IsBehind() bool { return l.horizon.isBehind() }

// Holding returns what the next join tells the server.
func (l *Log) Holding() Holding {
	holding := Holding{Conversation: l.Conversation, Have: map[string]int{}}
	if l.horizon.isKnown {
		holding.After, holding.Revision = l.horizon.position, &l.horizon.revision
	}
	for id, message := range l.Messages {
		if message.IsStreaming() {
			holding.Have[id] = message.Seq
		}
	}
	return holding
}

// Forget holds nothing any more: the next join asks for the last page.
func (l *Log) Forget() {
	clear(l.Messages)
	l.horizon = newHorizon()
}
