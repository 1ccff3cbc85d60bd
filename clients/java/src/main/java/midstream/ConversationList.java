package midstream;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.json.JSONObject;

/**
 * The conversations that are listed, by their ids.
 *
 * <p>The rule: of two states of a conversation, the one with the higher version counts.
 */
public final class ConversationList {
    public final Map<String, JSONObject> listed = new HashMap<>();
    private final Map<String, Long> versions = new HashMap<>(); // also of those that are no longer listed
    private final Set<String> changed = new HashSet<>(); // since the state was asked for

    /** Applies "listed" or "unlisted"; returns whether it changes anything. */
    public boolean apply(String event, JSONObject data) {
        String id = data.getString("conversation");
        long version = data.getLong("version");
        if (version <= versions.getOrDefault(id, -1L)) {
            return false;
        }
        versions.put(id, version);
        changed.add(id);
        if (event.equals("listed")) {
            listed.put(id, data);
        } else {
            listed.remove(id);
        }
        return true;
    }

    /** Adds what the server has read just now: of a state, or of a page after it. */
    public boolean add(JSONObject conversation) {
        String id = conversation.getString("conversation");
        if (!listed.containsKey(id)) {
            versions.remove(id, conversation.getLong("version")); // it was listed before, with the same version
        }
        return apply("listed", conversation);
    }

    /** Prepares for a state, which is about to be asked for. */
    public void ask() {
        changed.clear();
    }

    /** Takes over a state: what it lacks is gone, unless an event about it came since ask(). */
    public void replace(List<JSONObject> state) {
        Set<String> kept = new HashSet<>(changed);
        state.forEach(conversation -> kept.add(conversation.getString("conversation")));
        listed.keySet().retainAll(kept);
        state.forEach(this::add);
    }
}
