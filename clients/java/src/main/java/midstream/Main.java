package midstream;

import java.util.Map;

/** The command: follows the answer that is on its way, or asks a question and follows its answer. */
final class Main {
    private static final int USAGE = 2;
    private static final int UNREACHABLE = 5;
    private static final int REFUSED = 6;
    private static final Map<String, Integer> EXITS = Map.of("unauthorized", 3, "not_found", 4);

    private Main() {}

    public static void main(String[] words) throws InterruptedException {
        String url = System.getenv().getOrDefault("MIDSTREAM_URL", "");
        String token = System.getenv().getOrDefault("MIDSTREAM_TOKEN", "");
        if (url.isEmpty() || token.isEmpty() || words.length < 1 || words.length > 2) {
            say("MIDSTREAM_URL, MIDSTREAM_TOKEN and a conversation's id are needed.");
            System.exit(USAGE);
        }
        String question = words.length == 2 ? words[1] : null;
        System.exit(run(new Access(url, token), words[0], question)); // okhttp's threads live on for a minute
    }

    private static int run(Access access, String conversation, String question) throws InterruptedException {
        try {
            return new Showing(access, conversation, question).run();
        } catch (Refused refusal) {
            say(refusal.getMessage());
            return EXITS.getOrDefault(refusal.code, REFUSED);
        } catch (Unreachable e) {
            say("The server can't be reached.");
            return UNREACHABLE;
        }
    }

    static void say(String sentence) {
        System.err.println("midstream-reader: " + sentence);
    }
}
