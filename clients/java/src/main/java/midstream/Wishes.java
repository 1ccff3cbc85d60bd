package midstream;

import static midstream.Silences.now;

/** When the next join is due; another wish never puts it off. In milliseconds. */
final class Wishes {
    private static final long SHORTEST_PAUSE = 100;
    private static final long LONGEST_PAUSE = 8_000;
    private static final long NONE = Long.MAX_VALUE;

    private long wished = NONE;
    private long refusedUntil = now();
    private long pause;

    /** Is a join wished for? */
    boolean isPending() {
        return wished != NONE;
    }

    /** Returns the moment by Silences.now. */
    long due() {
        return Math.max(wished, refusedUntil);
    }

    /** Wishes for a join as soon as the pause since the last one is over. */
    void wish() {
        wished = Math.min(wished, now() + pause);
    }

    /** Wishes for a join, but not before so long. */
    void refused(long in) {
        refusedUntil = now() + in;
        wish();
    }

    /** There it is; the pause before another one is longer. */
    void granted() {
        wished = NONE;
        pause = Math.min(Math.max(SHORTEST_PAUSE, 2 * pause), LONGEST_PAUSE);
    }

    /** The reader is in step: the next wish is the first again. */
    void fulfilled() {
        pause = 0;
    }
}
