// Package midstream follows Midstream conversations: it joins in the middle of an answer, reconnects
// when the connection is lost, and receives every character up to the last.
package midstream

// An Outcome is what an event has changed.
type Outcome int

// What an event may have changed. Early: nothing yet, because earlier entries of the message are missing.
// Rejoin: nothing, but join again.
const (
	Ignored Outcome = iota
	Early
	Changed
	Removed
	Rejoin
)

// A MessageLog holds the messages of one conversation by id, and the one rule that keeps them correct:
// the texts are exact prefixes of the stored ones. It uses no socket and no clock: Reader passes the
// events in and acts on the outcomes.
type MessageLog struct {
	Conversation string
	Messages     map[string]*Message
	cursor       cursor
	early        earlyEvents
	atJoin       map[string]extent // as stated in the last join: its state continues it
	removed      map[string]bool
}

// A JoinRequest is the payload of a join: what the reader holds.
type JoinRequest struct {
	Conversation string         `json:"conversation"`
	After        int            `json:"after"`
	Revision     *int           `json:"revision,omitempty"`
	Have         map[string]int `json:"have"`
}

// NewMessageLog returns the log of a reader that holds nothing yet.
func NewMessageLog(conversation string) *MessageLog {
	return &MessageLog{
		Conversation: conversation,
		Messages:     map[string]*Message{},
		cursor:       newCursor(),
		removed:      map[string]bool{},
	}
}

// Apply applies an event of this conversation and returns what it has changed.
func (l *MessageLog) Apply(event string, data Event) Outcome {
	switch event {
	case "rejoin":
		return Rejoin
	case "removed":
		return l.remove(data)
	}
	l.cursor.observe(data.Position, data.Revision)
	outcome := Ignored
	switch event {
	case "message", "current_state":
		outcome = l.follow(data, data.Since == 0)
	case "chunk", "streaming_end":
		outcome = l.follow(data, false)
	}
	if outcome == Changed {
		l.followEarly(data.ID)
	}
	if event == "message" && data.Position != nil {
		l.cursor.reached(*data.Position)
	}
	return outcome
}

// Joining records that a join is sent: its state will contain what came too early so far.
func (l *MessageLog) Joining() {
	l.early.clear()
	l.atJoin = map[string]extent{}
	for _, message := range l.Streaming() {
		l.atJoin[message.ID] = message.extent()
	}
}

// Joined applies a join's acknowledgement. After one with reload, call Forget instead.
func (l *MessageLog) Joined(position, revision int) { l.cursor.joined(position, revision) }

// IsBehind reports whether the server has mentioned more than the reader holds. Then join again.
func (l *MessageLog) IsBehind() bool { return l.cursor.isBehind() || l.early.isWaiting() }

// Streaming returns the messages that are still streaming, as far as the reader knows.
func (l *MessageLog) Streaming() []*Message {
	var streaming []*Message
	for _, message := range l.Messages {
		if message.IsStreaming() {
			streaming = append(streaming, message)
		}
	}
	return streaming
}

// JoinRequest returns the payload of the next join.
func (l *MessageLog) JoinRequest() JoinRequest {
	request := JoinRequest{Conversation: l.Conversation, Have: map[string]int{}}
	request.After, request.Revision = l.cursor.joinFields()
	for _, message := range l.Streaming() {
		request.Have[message.ID] = message.Seq
	}
	return request
}

// Forget drops all messages and the cursor: the next join requests the last page.
func (l *MessageLog) Forget() {
	clear(l.Messages)
	l.early.clear()
	clear(l.atJoin)
	l.cursor = newCursor()
}

// follow is the rule.
func (l *MessageLog) follow(data Event, isBeginning bool) Outcome {
	if l.removed[data.ID] {
		return Ignored
	}
	known := l.Messages[data.ID]
	switch {
	case known == nil && !isBeginning:
		return l.keep(data)
	case known != nil && data.Seq <= known.Seq:
		return Ignored
	case known == nil || data.Since == 0:
		known = &Message{ID: data.ID}
		l.Messages[data.ID] = known
	case l.atJoin[data.ID].seq == data.Since:
		known.cutBack(l.atJoin[data.ID])
	case data.Since != known.Seq:
		return l.keep(data)
	}
	known.content.WriteString(data.Content)
	known.thinking.WriteString(data.Thinking)
	known.Seq, known.Status, known.Error, known.Note = data.Seq, data.Status, data.Error, data.Note
	return Changed
}

func (l *MessageLog) keep(data Event) Outcome {
	l.early.keep(data)
	return Early
}

// followEarly applies the events about a message that came too early and may fit now, because it has changed.
func (l *MessageLog) followEarly(id string) {
	for _, data := range l.early.take(id) {
		l.follow(data, false)
	}
}

func (l *MessageLog) remove(data Event) Outcome {
	wereKnown := true
	for _, id := range data.IDs {
		wereKnown = wereKnown && (l.removed[id] || l.Messages[id] != nil)
		delete(l.Messages, id)
		l.early.take(id)
		l.removed[id] = true
	}
	l.cursor.removed(*data.Revision, wereKnown)
	return Removed
}
