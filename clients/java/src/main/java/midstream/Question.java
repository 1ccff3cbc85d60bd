package midstream;

import java.util.UUID;
import org.json.JSONObject;

/** A question that is asked once, however often it is sent: the same key is the same question. */
final class Question {
    private final JSONObject payload;
    private boolean isOvertaken;
    private String reply = "";

    Question(String conversation, String content) {
        payload = new JSONObject()
                .put("conversation", conversation)
                .put("content", content)
                .put("key", UUID.randomUUID().toString());
    }

    /** Returns what a send says, which is on its way then. */
    JSONObject payload() {
        isOvertaken = false;
        return payload;
    }

    /** Returns the id of the answer, or nothing while there is none. */
    String reply() {
        return reply;
    }

    /** Notes that an answer has begun: perhaps its own, of which an answer on its way does not know. */
    void overtake() {
        isOvertaken = true;
    }

    /** Notes what its acknowledgement says; returns whether an answer has begun since it was asked. */
    boolean answered(JSONObject ack) {
        reply = ack.optString("reply");
        return isOvertaken;
    }
}
