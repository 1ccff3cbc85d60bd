package midstream;

import static midstream.Silences.now;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/** The requests that are in flight, by their events, and since when. */
final class Requests {
    private static final long ACK = 10_000; // milliseconds

    private final Map<String, Long> since = new HashMap<>();

    void begin(String event) {
        since.put(event, now());
    }

    void end(String event) {
        since.remove(event);
    }

    boolean isInFlight(String event) {
        return since.containsKey(event);
    }

    /** Is none in flight? */
    boolean isEmpty() {
        return since.isEmpty();
    }

    /** Returns when the connection is to be taken for lost, since one was not acknowledged. */
    long deadline() {
        return Collections.min(since.values()) + ACK;
    }
}
