package midstream;

import java.util.HashSet;
import java.util.Set;
import org.json.JSONObject;

/**
 * How far a reader's knowledge of a conversation reaches, and whether there is more beyond it: every
 * message up to the position is held, and every removal up to the revision.
 */
final class Horizon {
    private boolean isKnown; // the first join says position and revision
    private long position;
    private long revision;
    private final Set<Long> ahead = new HashSet<>(); // came while an earlier one is missing
    private long heardPosition;
    private long heardRevision;
    private long oldestRevision = Long.MAX_VALUE; // what is held may be as old

    /** Is a message missing, in between or at the end, or a removal? */
    boolean isBehind() {
        return isKnown && (heardPosition > position || heardRevision > revision);
    }

    /** Notes that the server has spoken of a position and a revision, or of neither. */
    void hear(JSONObject data) {
        heardPosition = Math.max(heardPosition, data.optLong("position"));
        heardRevision = Math.max(heardRevision, data.optLong("revision"));
        oldestRevision = Math.min(oldestRevision, data.optLong("revision", oldestRevision));
    }

    /** Notes that the message at this position is held. */
    void reach(long position) {
        ahead.add(position);
        advance();
    }

    /** Notes that messages are gone; where one was not even known, more may be missing. */
    void remove(JSONObject data, boolean wereKnown) {
        hear(data);
        if (isKnown && wereKnown && data.optLong("revision") == revision + 1) {
            revision += 1;
        }
    }

    /** Notes what a join's acknowledgement says, which comes after all that the join sends. */
    void joined(JSONObject ack) {
        hear(ack);
        if (!isKnown) {
            isKnown = true;
            position = ack.optLong("position");
            revision = oldestRevision;
        }
        advance();
    }

    /** Adds to a join how far this reaches. */
    void hold(JSONObject join) {
        join.put("after", isKnown ? position : 0);
        if (isKnown) {
            join.put("revision", revision);
        }
    }

    private void advance() {
        while (isKnown && ahead.remove(position + 1)) {
            position += 1;
        }
    }
}
