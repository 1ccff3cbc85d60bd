package midstream;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.json.JSONArray;
import org.json.JSONObject;

/**
 * What a reader holds of one conversation, and the one rule by which it keeps in step. It knows no
 * socket and no clock: Reader brings the events and acts on the outcomes.
 */
public final class ConversationLog {
    /** What an event has changed. */
    public enum Outcome { IGNORED, CHANGED, REMOVED, REJOIN }

    public final String conversation;
    public final Map<String, Message> messages = new LinkedHashMap<>();
    private final Set<String> removed = new HashSet<>();
    private Horizon horizon = new Horizon();

    public ConversationLog(String conversation) {
        this.conversation = conversation;
    }

    /** Takes an event in. */
    public Outcome apply(String event, JSONObject data) {
        if (event.equals("rejoin")) {
            return Outcome.REJOIN;
        }
        if (event.equals("removed")) {
            return remove(data);
        }
        horizon.hear(data);
        Outcome outcome = switch (event) {
            case "message", "current_state" -> follow(data, data.getLong("since") == 0);
            case "chunk", "streaming_end" -> follow(data, false);
            default -> Outcome.IGNORED;
        };
        if (event.equals("message")) {
            horizon.reach(data.getLong("position"));
        }
        return outcome;
    }

    /** The rule. */
    private Outcome follow(JSONObject data, boolean isBeginning) {
        String id = data.getString("id");
        Message known = messages.get(id);
        if (removed.contains(id)) {
            return Outcome.IGNORED;
        }
        if (known == null && !isBeginning) {
            return Outcome.REJOIN;
        }
        if (known != null && data.getLong("seq") <= known.seq) {
            return Outcome.IGNORED;
        }
        if (known == null || data.getLong("since") == 0) {
            known = new Message(id);
            messages.put(id, known);
        } else if (data.getLong("since") != known.seq) {
            return Outcome.REJOIN;
        }
        append(known, data);
        return Outcome.CHANGED;
    }

    private static void append(Message known, JSONObject data) {
        known.content.append(data.optString("content"));
        known.thinking.append(data.optString("thinking"));
        known.seq = data.getLong("seq");
        known.status = data.getString("status");
        known.error = data.optString("error");
    }

    private Outcome remove(JSONObject data) {
        boolean wereKnown = true;
        for (String id : strings(data.getJSONArray("ids"))) {
            wereKnown &= messages.containsKey(id) || removed.contains(id);
            messages.remove(id);
            removed.add(id);
        }
        horizon.remove(data, wereKnown);
        return Outcome.REMOVED;
    }

    /** Takes in a join's acknowledgement; one that says reload is followed by forget instead. */
    public void joined(JSONObject ack) {
        horizon.joined(ack);
    }

    /** Has the server spoken of more than is held? Then join again. */
    public boolean isBehind() {
        return horizon.isBehind();
    }

    /** Returns what the next join tells the server. */
    public JSONObject holding() {
        JSONObject have = new JSONObject();
        messages.values().stream().filter(Message::isStreaming).forEach(m -> have.put(m.id, m.seq));
        JSONObject join = new JSONObject().put("conversation", conversation).put("have", have);
        horizon.hold(join);
        return join;
    }

    /** Holds nothing any more: the next join asks for the last page. */
    public void forget() {
        messages.clear();
        horizon = new Horizon();
    }

    static Set<String> strings(JSONArray array) {
        Set<String> strings = new HashSet<>();
        for (int i = 0; i < array.length(); i++) {
            strings.add(array.getString(i));
        }
        return strings;
    }
}
