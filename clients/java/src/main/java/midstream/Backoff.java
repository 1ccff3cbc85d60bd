package midstream;

/** No delay before the first try, then the shortest, then twice as long each time. In milliseconds. */
final class Backoff {
    private static final long LONGEST = 8_000;

    private final long shortest;
    private long delay;

    Backoff(long shortest) {
        this.shortest = shortest;
    }

    /** Returns the delay before the next try. */
    long delay() {
        return delay;
    }

    /** Doubles the delay. */
    void increase() {
        delay = Math.min(Math.max(shortest, 2 * delay), LONGEST);
    }

    /** Starts again without a delay. */
    void reset() {
        delay = 0;
    }

    /** Returns half of the delay to all of it, so that readers do not return all at once. */
    long jittered() {
        return (long) (delay * (0.5 + Math.random() / 2));
    }
}
