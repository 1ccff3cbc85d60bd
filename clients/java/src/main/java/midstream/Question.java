package midstream;

import java.util.List;
import java.util.UUID;
import org.json.JSONObject;

/** A question that is stored once, however often it is sent: its key is an idempotency key. */
final class Question {
    private final JSONObject payload;
    private boolean answerBegan; // since it was last sent
    private String reply = "";

    Question(String conversation, String content, List<String> files) {
        payload = new JSONObject()
                .put("conversation", conversation)
                .put("content", content)
                .put("files", files)
                .put("key", UUID.randomUUID().toString());
    }

    /** Returns the payload of "send". */
    JSONObject payload() {
        return payload;
    }

    /** Returns the id of its answer; empty until it is known. */
    String reply() {
        return reply;
    }

    /** Records that it was sent. */
    void sent() {
        answerBegan = false;
    }

    /**
     * Records that an answer has begun, perhaps its own: an acknowledgement that is already on its way does
     * not mention it.
     */
    void answerBegan() {
        answerBegan = true;
    }

    /**
     * Takes the reply from an acknowledgement, which has none while another answer is streaming; returns
     * whether to send the question again now.
     */
    boolean acknowledged(JSONObject ack) {
        reply = ack.optString("reply");
        return reply.isEmpty() && answerBegan;
    }
}
