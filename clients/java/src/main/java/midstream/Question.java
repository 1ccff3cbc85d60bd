package midstream;

import java.util.UUID;
import org.json.JSONObject;

/** A question that is asked once, however often it is sent: the same key is the same question. */
final class Question {
    private final JSONObject payload;
    private boolean isStored;
    private String reply = "";

    Question(String conversation, String content) {
        payload = new JSONObject()
                .put("conversation", conversation)
                .put("content", content)
                .put("key", UUID.randomUUID().toString());
    }

    /** Returns what a send says. */
    JSONObject payload() {
        return payload;
    }

    /** Returns the id of the answer, or nothing while there is none. */
    String reply() {
        return reply;
    }

    /** Has the server got it, and not begun to answer? Then it may have its turn any time. */
    boolean isWaiting() {
        return isStored && reply.isEmpty();
    }

    /** Notes what its acknowledgement says. */
    void answered(JSONObject ack) {
        isStored = true;
        reply = ack.optString("reply");
    }
}
