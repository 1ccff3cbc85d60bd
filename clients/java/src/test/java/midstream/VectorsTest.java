package midstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import midstream.Rule.Outcome;
import org.json.JSONArray;
import org.json.JSONObject;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The rule passes the vectors. */
final class VectorsTest {
    @TestFactory
    List<DynamicTest> vectors() throws IOException {
        try (Stream<Path> paths = Files.list(Path.of("../vectors"))) {
            List<DynamicTest> tests = paths
                    .map(path -> DynamicTest.dynamicTest(path.getFileName().toString(), () -> check(path)))
                    .toList();
            assertTrue(tests.size() >= 40, "there are only " + tests.size());
            return tests;
        }
    }

    private static void check(Path path) throws IOException {
        JSONObject vector = new JSONObject(Files.readString(path));
        Rule log = new Rule(vector.getString("conversation"));
        JSONArray steps = vector.getJSONArray("steps");
        for (int i = 0; i < steps.length(); i++) {
            JSONObject step = steps.getJSONObject(i);
            boolean rejoin = apply(log, step);
            assertEquals(plain(step.getJSONObject("expect")), plain(state(log, rejoin)), "after step " + i);
        }
    }

    /** Applies a step; returns whether the reader has to join again. */
    private static boolean apply(Rule log, JSONObject step) {
        if (step.has("event")) {
            return log.apply(step.getString("event"), step.getJSONObject("data")) == Outcome.REJOIN || log.isBehind();
        }
        JSONObject joined = step.optJSONObject("joined");
        if (joined == null) {
            log.joining();
        } else if (joined.optBoolean("reload")) {
            log.forget();
            return true;
        } else {
            log.joined(joined);
        }
        return log.isBehind();
    }

    private static JSONObject state(Rule log, boolean rejoin) {
        JSONObject messages = new JSONObject();
        for (Message message : log.messages.values()) {
            JSONObject fields = new JSONObject()
                    .put("seq", message.seq)
                    .put("status", message.status())
                    .put("content", message.content().toString())
                    .put("thinking", message.thinking().toString());
            fields.put("error", message.error().isEmpty() ? null : message.error());
            fields.put("note", message.note().isEmpty() ? null : message.note());
            messages.put(message.id, fields);
        }
        return new JSONObject().put("messages", messages).put("rejoin", rejoin).put("join", log.joinRequest());
    }

    /** Returns a value with equals, which JSONObject lacks. */
    private static Object plain(Object value) {
        if (value instanceof JSONObject object) {
            Map<String, Object> map = new HashMap<>();
            for (String key : object.keySet()) {
                map.put(key, plain(object.opt(key)));
            }
            return map;
        }
        return value instanceof Number number ? number.longValue() : value;
    }
}
