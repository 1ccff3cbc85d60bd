package midstream;

import static midstream.InactivityTimer.now;

/** When the next join is due. Requesting it again never postpones it. In milliseconds. */
final class PendingJoin {
    private static final long SHORTEST_DELAY = 100;
    private static final long NONE = Long.MAX_VALUE;

    private long requested = NONE;
    private long notBefore = now();
    private final Backoff backoff = new Backoff(SHORTEST_DELAY);

    /** Is a join pending? */
    boolean isPending() {
        return requested != NONE;
    }

    /** Returns when a pending join is due, by InactivityTimer.now. */
    long due() {
        return Math.max(requested, notBefore);
    }

    /** Requests a join as soon as the delay since the last one is over. */
    void request() {
        requested = Math.min(requested, now() + backoff.delay());
    }

    /** Requests a join, but not before this delay. */
    void retryAfter(long delay) {
        notBefore = now() + delay;
        request();
    }

    /** Clears the pending join and doubles the backoff. */
    void sent() {
        requested = NONE;
        backoff.increase();
    }

    /** Resets the backoff: the reader holds everything. */
    void reset() {
        backoff.reset();
    }
}
