package midstream;

import java.util.HashMap;
import java.util.Map;

/** Notices silence: the last thing that the server said may be what was lost. In milliseconds. */
final class Silences {
    private static final long MESSAGE = 10_000; // about one that is believed to be streaming
    private static final long CONVERSATION = 60_000;

    private final Map<String, Long> heard = new HashMap<>();
    private long last;
    private long joined;

    /** A clock that nobody sets. */
    static long now() {
        return System.nanoTime() / 1_000_000;
    }

    /** Begins all of them anew: the reader has joined. */
    void restart() {
        last = joined = now();
        heard.clear();
    }

    /** Notes that something was said, perhaps about a message. */
    void heard(String id) {
        last = now();
        heard.put(id, last);
    }

    /** Returns when one of them has lasted too long. */
    long deadline(ConversationLog log) {
        return log.messages.values().stream()
                .filter(Message::isStreaming)
                .mapToLong(message -> heard.getOrDefault(message.id, joined) + MESSAGE)
                .reduce(last + CONVERSATION, Math::min);
    }
}
