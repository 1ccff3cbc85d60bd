package midstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.json.JSONObject;
import org.junit.jupiter.api.Test;

final class EarlyEventsTest {
    @Test
    void tooMuchTextIsDroppedAndMissing() {
        EarlyEvents early = new EarlyEvents();
        String text = "x".repeat(EarlyEvents.MAX_CHARACTERS / 2 + 1);
        early.keep(new JSONObject().put("id", "a").put("since", 1).put("content", text));
        early.keep(new JSONObject().put("id", "a").put("since", 2).put("thinking", text));
        assertEquals(1, early.take("a").size());
        assertTrue(early.isWaiting());
    }
}
