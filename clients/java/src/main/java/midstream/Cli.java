package midstream;

import java.util.Map;

/** The command: follows the answer that is streaming, or asks a question and follows its answer. */
final class Cli {
    private static final int USAGE = 2;
    private static final int UNREACHABLE = 5;
    private static final int REFUSED = 6;
    private static final int SOFTWARE = 70; // as in BSD's sysexits.h
    private static final Map<String, Integer> EXIT_CODES =
            Map.of("unauthorized", 3, "not_found", 4, "conflict", 1); // conflict: the question was removed

    private Cli() {}

    public static void main(String[] words) {
        String url = System.getenv().getOrDefault("MIDSTREAM_URL", "");
        String token = System.getenv().getOrDefault("MIDSTREAM_TOKEN", "");
        if (url.isEmpty() || token.isEmpty() || words.length < 1 || words.length > 2) {
            printError("MIDSTREAM_URL, MIDSTREAM_TOKEN and a conversation's id are needed.");
            System.exit(USAGE);
        }
        Access access = new Access(url, token);
        if (!access.isAddress()) {
            printError("MIDSTREAM_URL begins with http:// or https://.");
            System.exit(USAGE);
        }
        String question = words.length == 2 ? words[1] : null;
        System.exit(run(access, words[0], question)); // okhttp's threads live on for a minute
    }

    private static int run(Access access, String conversation, String question) {
        try {
            return new Output(access, conversation, question).run();
        } catch (Refused refusal) {
            printError(refusal.getMessage());
            return EXIT_CODES.getOrDefault(refusal.code, REFUSED);
        } catch (Unreachable e) {
            printError("The server can't be reached.");
            return UNREACHABLE;
        } catch (InterruptedException | RuntimeException e) {
            printError("Internal error: " + e.getClass().getSimpleName());
            return SOFTWARE;
        }
    }

    static void printError(String message) {
        System.err.println("midstream-reader: " + message);
    }
}
