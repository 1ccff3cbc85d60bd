package midstream;

import java.util.HashSet;
import java.util.Set;
import org.json.JSONObject;

/**
 * The position and revision of a conversation that a reader holds: every message up to the position, and
 * every removal up to the revision.
 */
final class Cursor {
    private boolean isKnown; // set by the first join's acknowledgement
    private long position;
    private long revision;
    private boolean hasMissedRemoved; // a message removed since: its position stays unknown
    private final Set<Long> ahead = new HashSet<>(); // received, but an earlier position is missing
    private long latestPosition; // that the server has mentioned
    private long latestRevision;
    private long oldestRevision = Long.MAX_VALUE; // the messages held may be as old as this

    /** Has the server mentioned a message or a removal that the reader does not hold? */
    boolean isBehind() {
        return isKnown && (latestPosition > position || latestRevision > revision);
    }

    /** Records the position and the revision that an event mentions, if any. */
    void observe(JSONObject data) {
        latestPosition = Math.max(latestPosition, data.optLong("position"));
        latestRevision = Math.max(latestRevision, data.optLong("revision"));
        oldestRevision = Math.min(oldestRevision, data.optLong("revision", oldestRevision));
    }

    /** Records that the reader holds the message at this position. */
    void reached(long position) {
        ahead.add(position);
        advance();
    }

    /** Records a removal. Advances as long as the reader has known all of the messages. */
    void removed(JSONObject data, boolean wereKnown) {
        observe(data);
        long removed = data.optLong("revision");
        if (!isKnown || removed <= revision) {
            return;
        }
        hasMissedRemoved |= !wereKnown;
        if (!hasMissedRemoved && removed == revision + 1) {
            revision = removed;
        }
    }

    /** Records a join's acknowledgement, which follows everything else that the join sends. */
    void joined(JSONObject ack) {
        observe(ack);
        if (!isKnown) {
            isKnown = true;
            position = ack.optLong("position");
            revision = oldestRevision;
        }
        advance();
    }

    /** Returns the fields "after" and "revision" of a join; no "revision" before the first. */
    JSONObject joinFields() {
        JSONObject fields = new JSONObject().put("after", isKnown ? position : 0);
        return isKnown ? fields.put("revision", revision) : fields;
    }

    private void advance() {
        while (isKnown && ahead.remove(position + 1)) {
            position += 1;
        }
    }
}
