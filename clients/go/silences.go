package midstream

import "time"

const (
	messageSilence      = 10 * time.Second // about a message that is believed to be streaming
	conversationSilence = 60 * time.Second
)

// silences notice silence: the last thing that the server said may be what was lost.
type silences struct {
	joined, last time.Time
	spoken       map[string]time.Time
}

// restart begins all of them anew: the reader has joined.
func (s *silences) restart() {
	s.joined = time.Now()
	s.last, s.spoken = s.joined, map[string]time.Time{}
}

// heard notes that something was said, perhaps about a message.
func (s *silences) heard(id string) {
	s.last = time.Now()
	if id != "" && s.spoken != nil {
		s.spoken[id] = s.last
	}
}

// deadline says when one of them has lasted too long.
func (s *silences) deadline(messages map[string]*Message) time.Time {
	deadline := s.last.Add(conversationSilence)
	for id, message := range messages {
		since, isKnown := s.spoken[id]
		if !isKnown {
			since = s.joined
		}
		if silent := since.Add(messageSilence); message.IsStreaming() && silent.Before(deadline) {
			deadline = silent
		}
	}
	return deadline
}
