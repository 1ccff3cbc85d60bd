package midstream;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.json.JSONArray;
import org.json.JSONObject;

/**
 * The messages of one conversation by id, and the one rule that keeps them correct: the texts are exact
 * prefixes of the stored ones. It uses no socket and no clock: Reader passes the events in and acts on the
 * outcomes.
 */
public final class Rule {
    /**
     * What an event has changed. EARLY: nothing yet, because earlier entries of the message are missing.
     * REJOIN: nothing, but join again.
     */
    public enum Outcome { IGNORED, EARLY, CHANGED, REMOVED, REJOIN }

    public final String conversation;
    public final Map<String, Message> messages = new LinkedHashMap<>();
    private final Set<String> removed = new HashSet<>();
    private final EarlyEvents early = new EarlyEvents();
    private final Map<String, Message.Extent> atJoin = new HashMap<>(); // as stated in the last join
    private Cursor cursor = new Cursor();

    public Rule(String conversation) {
        this.conversation = conversation;
    }

    /** Applies an event of this conversation; returns what it has changed. */
    public Outcome apply(String event, JSONObject data) {
        if (event.equals("rejoin")) {
            return Outcome.REJOIN;
        }
        if (event.equals("removed")) {
            return remove(data);
        }
        cursor.observe(data);
        Outcome outcome = switch (event) {
            case "message", "current_state" -> follow(data, data.getLong("since") == 0);
            case "chunk", "streaming_end" -> follow(data, false);
            default -> Outcome.IGNORED;
        };
        if (outcome == Outcome.CHANGED) {
            followEarly(data.getString("id"));
        }
        if (event.equals("message")) {
            cursor.reached(data.getLong("position"));
        }
        return outcome;
    }

    /** A join is sent: its state will contain what came too early so far. */
    public void joining() {
        early.clear();
        atJoin.clear();
        streaming().forEach(message -> atJoin.put(message.id, message.extent()));
    }

    /** Applies a join's acknowledgement. After one with "reload", call forget instead. */
    public void joined(JSONObject ack) {
        cursor.joined(ack);
    }

    /** Has the server mentioned more than the reader holds? Then join again. */
    public boolean isBehind() {
        return cursor.isBehind() || early.isWaiting();
    }

    /** Returns the messages that are still streaming, as far as the reader knows. */
    public List<Message> streaming() {
        return messages.values().stream().filter(Message::isStreaming).toList();
    }

    /** Returns the payload of the next join: what the reader holds. */
    public JSONObject joinRequest() {
        JSONObject have = new JSONObject();
        streaming().forEach(message -> have.put(message.id, message.seq));
        return cursor.joinFields().put("conversation", conversation).put("have", have);
    }

    /** Drops all messages and the cursor: the next join requests the last page. */
    public void forget() {
        messages.clear();
        early.clear();
        atJoin.clear();
        cursor = new Cursor();
    }

    /** The rule. */
    private Outcome follow(JSONObject data, boolean isBeginning) {
        String id = data.getString("id");
        Message known = messages.get(id);
        if (removed.contains(id)) {
            return Outcome.IGNORED;
        }
        if (known == null && !isBeginning) {
            return keep(data);
        }
        if (known != null && data.getLong("seq") <= known.seq) {
            return Outcome.IGNORED;
        }
        if (known == null || data.getLong("since") == 0) {
            known = new Message(id);
            messages.put(id, known);
        } else if (atJoin.containsKey(id) && data.getLong("since") == atJoin.get(id).seq()) {
            known.cutBack(atJoin.get(id));
        } else if (data.getLong("since") != known.seq) {
            return keep(data);
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
        known.note = data.optString("note");
    }

    private Outcome keep(JSONObject data) {
        early.keep(data);
        return Outcome.EARLY;
    }

    /** A message has changed: the events about it that came too early may fit now. */
    private void followEarly(String id) {
        early.take(id).forEach(data -> follow(data, false));
    }

    private Outcome remove(JSONObject data) {
        boolean wereKnown = true;
        for (String id : strings(data.getJSONArray("ids"))) {
            wereKnown &= messages.containsKey(id) || removed.contains(id);
            messages.remove(id);
            early.take(id);
            removed.add(id);
        }
        cursor.removed(data, wereKnown);
        return Outcome.REMOVED;
    }

    static Set<String> strings(JSONArray array) {
        Set<String> strings = new HashSet<>();
        for (int i = 0; i < array.length(); i++) {
            strings.add(array.getString(i));
        }
        return strings;
    }
}
