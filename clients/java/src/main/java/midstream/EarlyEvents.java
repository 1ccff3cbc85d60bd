package midstream;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.json.JSONObject;

/**
 * Events that came too early, of any messages: earlier entries are missing. A reader keeps them until those
 * have arrived, or until it sends its next join, whose state contains all that was sent before.
 */
final class EarlyEvents {
    /** A join is answered within 10 seconds, in which an answer has about 250 chunks. */
    static final int MAX_EVENTS = 256;
    /** Of text, as much as the longest answer has. */
    static final int MAX_CHARACTERS = 1_000_000;

    private final List<JSONObject> kept = new ArrayList<>();
    private boolean hasDropped; // an event, because there were too many

    /** Does any event still wait for earlier entries, also one that had to be dropped? */
    boolean isWaiting() {
        return !kept.isEmpty() || hasDropped;
    }

    /** Keeps an event, or drops it if there are too many. */
    void keep(JSONObject data) {
        int characters = kept.stream().mapToInt(EarlyEvents::characters).sum();
        if (kept.size() == MAX_EVENTS || characters + characters(data) > MAX_CHARACTERS) {
            hasDropped = true;
        } else {
            kept.add(data);
        }
    }

    /** Removes and returns the events about a message, in the order of its entries. */
    List<JSONObject> take(String id) {
        List<JSONObject> taken = kept.stream()
                .filter(data -> data.getString("id").equals(id))
                .sorted(Comparator.comparingLong(data -> data.getLong("since")))
                .toList();
        kept.removeAll(taken);
        return taken;
    }

    /** Drops all of them: the state of the next join contains them. */
    void clear() {
        kept.clear();
        hasDropped = false;
    }

    private static int characters(JSONObject data) {
        return data.optString("content").length() + data.optString("thinking").length();
    }
}
