package midstream;

import java.util.Map;

/** The command: follows the answer that is on its way, or asks a question and follows its answer. */
final class Main {
    private static final int USAGE = 2;
    private static final int UNREACHABLE = 5;
    private static final int REFUSED = 6;
    private static final int BROKEN = 70; // as in BSD's sysexits.h
    private static final Map<String, Integer> EXITS =
            Map.of("unauthorized", 3, "not_found", 4, "conflict", 1); // of a question that was removed

    private Main() {}

    public static void main(String[] words) {
        String url = System.getenv().getOrDefault("MIDSTREAM_URL", "");
        String token = System.getenv().getOrDefault("MIDSTREAM_TOKEN", "");
        if (url.isEmpty() || token.isEmpty() || words.length < 1 || words.length > 2) {
            say("MIDSTREAM_URL, MIDSTREAM_TOKEN and a conversation's id are needed.");
            System.exit(USAGE);
        }
        Access access = new Access(url, token);
        if (!access.isAddress()) {
            say("MIDSTREAM_URL begins with http:// or https://.");
            System.exit(USAGE);
        }
        String question = words.length == 2 ? words[1] : null;
        System.exit(run(access, words[0], question)); // okhttp's threads live on for a minute
    }

    private static int run(Access access, String conversation, String question) {
        try {
            return new Showing(access, conversation, question).run();
        } catch (Refused refusal) {
            say(refusal.getMessage());
            return EXITS.getOrDefault(refusal.code, REFUSED);
        } catch (Unreachable e) {
            say("The server can't be reached.");
            return UNREACHABLE;
        } catch (InterruptedException | RuntimeException e) {
            say("This program is broken: " + e.getClass().getSimpleName());
            return BROKEN;
        }
    }

    static void say(String sentence) {
        System.err.println("midstream-reader: " + sentence);
    }
}
