package midstream

import (
	"math/rand/v2"
	"time"
)

const (
	longestDelay      = 8 * time.Second
	shortestJoinDelay = 100 * time.Millisecond
)

// A backoff is the delay between tries: none before the first, then shortest, then twice as long each time.
type backoff struct{ delay, shortest time.Duration }

// increase doubles the delay.
func (b *backoff) increase() { b.delay = min(max(b.shortest, 2*b.delay), longestDelay) }

// reset starts again without a delay.
func (b *backoff) reset() { b.delay = 0 }

// jittered returns half of the delay to all of it, so that readers do not return all at once.
func (b *backoff) jittered() time.Duration { return b.delay/2 + rand.N(b.delay/2) }

// A pendingJoin is when the next join is due. Requesting it again never postpones it.
type pendingJoin struct {
	requested, notBefore time.Time // requested is zero if no join is pending
	backoff              backoff
}

func newPendingJoin() pendingJoin {
	return pendingJoin{backoff: backoff{shortest: shortestJoinDelay}}
}

// isPending reports whether a join is pending.
func (p *pendingJoin) isPending() bool { return !p.requested.IsZero() }

// due returns when a pending join is due.
func (p *pendingJoin) due() time.Time {
	if p.requested.Before(p.notBefore) {
		return p.notBefore
	}
	return p.requested
}

// request requests a join as soon as the delay since the last one is over.
func (p *pendingJoin) request() {
	if at := time.Now().Add(p.backoff.delay); !p.isPending() || at.Before(p.requested) {
		p.requested = at
	}
}

// retryAfter requests a join, but not before this delay.
func (p *pendingJoin) retryAfter(delay time.Duration) {
	p.notBefore = time.Now().Add(delay)
	p.request()
}

// sent clears the pending join and doubles the backoff.
func (p *pendingJoin) sent() {
	p.requested = time.Time{}
	p.backoff.increase()
}

// reset resets the backoff: the reader holds everything.
func (p *pendingJoin) reset() { p.backoff.reset() }
