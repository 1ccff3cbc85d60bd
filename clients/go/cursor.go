package midstream

import "math"

// A cursor is the position and revision of a conversation that a reader holds: every message up to
// position, and every removal up to revision.
type cursor struct {
	position, revision             int
	isKnown                        bool         // set by the first join's acknowledgement
	hasMissedRemoved               bool         // a message removed since: its position stays unknown
	ahead                          map[int]bool // received, but an earlier position is missing
	latestPosition, latestRevision int          // that the server has mentioned
	oldestRevision                 int          // the messages held may be as old as this
}

func newCursor() cursor {
	return cursor{ahead: map[int]bool{}, oldestRevision: math.MaxInt}
}

// isBehind reports whether the server has mentioned a message or a removal that the reader does not hold.
func (c *cursor) isBehind() bool {
	return c.isKnown && (c.latestPosition > c.position || c.latestRevision > c.revision)
}

// observe records the position and the revision that an event mentions, if any.
func (c *cursor) observe(position, revision *int) {
	if position != nil {
		c.latestPosition = max(c.latestPosition, *position)
	}
	if revision != nil {
		c.latestRevision = max(c.latestRevision, *revision)
		c.oldestRevision = min(c.oldestRevision, *revision)
	}
}

// reached records that the reader holds the message at this position.
func (c *cursor) reached(position int) {
	c.ahead[position] = true
	c.advance()
}

// removed records a removal. It advances as long as the reader has known all of the messages.
func (c *cursor) removed(revision int, wereKnown bool) {
	c.observe(nil, &revision)
	if !c.isKnown || revision <= c.revision {
		return
	}
	c.hasMissedRemoved = c.hasMissedRemoved || !wereKnown
	if !c.hasMissedRemoved && revision == c.revision+1 {
		c.revision = revision
	}
}

// joined records a join's acknowledgement, which follows everything else that the join sends.
func (c *cursor) joined(position, revision int) {
	c.observe(&position, &revision)
	if !c.isKnown {
		c.position, c.revision, c.isKnown = position, c.oldestRevision, true
	}
	c.advance()
}

// joinFields returns the fields after and revision of a join; no revision before the first.
func (c *cursor) joinFields() (after int, revision *int) {
	if !c.isKnown {
		return 0, nil
	}
	known := c.revision
	return c.position, &known
}

func (c *cursor) advance() {
	for c.isKnown && c.ahead[c.position+1] {
		c.position++
		delete(c.ahead, c.position)
	}
}
