package midstream;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Notices that nothing arrives for too long: the last event may have been lost. In milliseconds. */
final class InactivityTimer {
    private static final long MESSAGE_TIMEOUT = 10_000; // for a message that is streaming
    private static final long CONVERSATION_TIMEOUT = 60_000;

    private final Map<String, Long> lastOf = new HashMap<>(); // messages by id
    private long last;
    private long joined;

    /** Returns the time on a monotonic clock. */
    static long now() {
        return System.nanoTime() / 1_000_000;
    }

    /** Restarts all timeouts: the reader has joined. */
    void restart() {
        last = joined = now();
        lastOf.clear();
    }

    /** Records an event of the conversation, and of a message if it names one. */
    void received(String id) {
        last = now();
        lastOf.put(id, last);
    }

    /** Returns when the first timeout ends. */
    long deadline(List<Message> streaming) {
        return streaming.stream()
                .mapToLong(message -> lastOf.getOrDefault(message.id, joined) + MESSAGE_TIMEOUT)
                .reduce(last + CONVERSATION_TIMEOUT, Math::min);
    }
}
