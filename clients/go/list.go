package midstream

// A ListedConversation is what a list shows of a conversation. Of what is no longer listed there is only the
// version.
type ListedConversation struct {
	Conversation                       string
	Version                            int
	Title, Model, Snippet              string
	Members                            []string
	Position, Read, Unread             int
	UpdatedAt                          string `json:"updated_at"`
	Streaming, Pinned, Archived, Muted bool
	Owner                              bool
}

// A ConversationList holds the conversations that are listed, by their ids.
//
// The rule: of two states of a conversation, the one with the higher version counts.
type ConversationList struct {
	Listed   map[string]ListedConversation
	versions map[string]int  // also of those that are no longer listed
	changed  map[string]bool // since the state was asked for
}

// NewConversationList returns an empty list.
func NewConversationList() *ConversationList {
	return &ConversationList{map[string]ListedConversation{}, map[string]int{}, map[string]bool{}}
}

// Apply applies "listed" or "unlisted", and reports whether it changes anything.
func (l *ConversationList) Apply(event string, data ListedConversation) bool {
	if known, ok := l.versions[data.Conversation]; ok && data.Version <= known {
		return false
	}
	l.versions[data.Conversation] = data.Version
	l.changed[data.Conversation] = true
	if event == "listed" {
		l.Listed[data.Conversation] = data
	} else {
		delete(l.Listed, data.Conversation)
	}
	return true
}

// Add adds what the server has read just now: of a state, or of a page after it.
func (l *ConversationList) Add(data ListedConversation) bool {
	known, ok := l.versions[data.Conversation]
	if _, isListed := l.Listed[data.Conversation]; ok && known == data.Version && !isListed {
		delete(l.versions, data.Conversation) // it was listed before, with the same version
	}
	return l.Apply("listed", data)
}

// Ask prepares for a state, which is about to be asked for.
func (l *ConversationList) Ask() { clear(l.changed) }

// Replace takes over a state: what it lacks is gone, unless an event about it came since Ask.
func (l *ConversationList) Replace(state []ListedConversation) {
	stated := map[string]bool{}
	for _, data := range state {
		stated[data.Conversation] = true
	}
	for id := range l.Listed {
		if !stated[id] && !l.changed[id] {
			delete(l.Listed, id)
		}
	}
	for _, data := range state {
		l.Add(data)
	}
}
