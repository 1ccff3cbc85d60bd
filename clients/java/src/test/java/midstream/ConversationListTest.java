package midstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.json.JSONArray;
import org.json.JSONObject;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The list passes the vectors. */
final class ConversationListTest {
    @TestFactory
    List<DynamicTest> vectors() throws IOException {
        try (Stream<Path> paths = Files.list(Path.of("../list-vectors"))) {
            List<DynamicTest> tests = paths
                    .map(path -> DynamicTest.dynamicTest(path.getFileName().toString(), () -> check(path)))
                    .toList();
            assertTrue(tests.size() >= 10, "there are only " + tests.size());
            return tests;
        }
    }

    private static void check(Path path) throws IOException {
        JSONArray steps = new JSONObject(Files.readString(path)).getJSONArray("steps");
        ConversationList list = new ConversationList();
        for (int i = 0; i < steps.length(); i++) {
            JSONObject step = steps.getJSONObject(i);
            apply(list, step);
            Map<String, Long> held = new HashMap<>();
            list.listed.forEach((id, data) -> held.put(id, data.getLong("version")));
            assertEquals(versions(step.getJSONObject("expect")), held, "after step " + i);
        }
    }

    private static void apply(ConversationList list, JSONObject step) {
        if (step.has("event")) {
            list.apply(step.getString("event"), step.getJSONObject("data"));
        } else if (step.has("asking")) {
            list.ask();
        } else if (step.has("state")) {
            list.replace(objects(step.getJSONArray("state")));
        } else {
            objects(step.getJSONArray("page")).forEach(list::add);
        }
    }

    private static List<JSONObject> objects(JSONArray array) {
        List<JSONObject> objects = new ArrayList<>();
        array.forEach(each -> objects.add((JSONObject) each));
        return objects;
    }

    private static Map<String, Long> versions(JSONObject expected) {
        Map<String, Long> versions = new HashMap<>();
        expected.keySet().forEach(id -> versions.put(id, expected.getLong(id)));
        return versions;
    }
}
