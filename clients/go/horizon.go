package midstream

import "math"

// horizon says how far a reader's knowledge of a conversation reaches, and whether there is more
// beyond it: every message up to position is held, and every removal up to revision.
type horizon struct {
	position, revision           int
	isKnown                      bool         // position and revision are; the first join says them
	ahead                        map[int]bool // came while an earlier one is missing
	heardPosition, heardRevision int
	oldestRevision               int // what is held may be as old
}

func newHorizon() horizon {
	return horizon{ahead: map[int]bool{}, oldestRevision: math.MaxInt}
}

// isBehind says whether a message is missing, in between or at the end, or a removal.
func (h *horizon) isBehind() bool {
	return h.isKnown && (h.heardPosition > h.position || h.heardRevision > h.revision)
}

// hear notes that the server has spoken of a position and a revision, or of neither.
func (h *horizon) hear(position, revision *int) {
	if position != nil {
		h.heardPosition = max(h.heardPosition, *position)
	}
	if revision != nil {
		h.heardRevision = max(h.heardRevision, *revision)
		h.oldestRevision = min(h.oldestRevision, *revision)
	}
}

// reach notes that the message at this position is held.
func (h *horizon) reach(position int) {
	h.ahead[position] = true
	h.advance()
}

// remove notes that messages are gone; where one was not even known, more may be missing.
func (h *horizon) remove(revision int, wereKnown bool) {
	h.hear(nil, &revision)
	if h.isKnown && wereKnown && revision == h.revision+1 {
		h.revision = revision
	}
}

// joined notes what a join's acknowledgement says, which comes after all that the join sends.
func (h *horizon) joined(position, revision int) {
	h.hear(&position, &revision)
	if !h.isKnown {
		h.position, h.revision, h.isKnown = position, h.oldestRevision, true
	}
	h.advance()
}

func (h *horizon) advance() {
	for h.isKnown && h.ahead[h.position+1] {
		h.position++
		delete(h.ahead, h.position)
	}
}
