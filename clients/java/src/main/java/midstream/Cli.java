package midstream;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The command: follows the answer that is streaming, or asks a question and follows its answer; with "upload" it
 * uploads files for a question and prints their ids.
 */
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
        boolean isUpload = words.length > 0 && words[0].equals("upload");
        if (url.isEmpty() || token.isEmpty() || words.length < 1) {
            printError("MIDSTREAM_URL, MIDSTREAM_TOKEN and a conversation's id are needed.");
            System.exit(USAGE);
        }
        if (isUpload && words.length < 3) {
            printError("A conversation's id and a file are needed.");
            System.exit(USAGE);
        }
        Access access = new Access(url, token);
        if (!access.isAddress()) {
            printError("MIDSTREAM_URL must be an address that begins with http:// or https://.");
            System.exit(USAGE);
        }
        System.exit(run(access, List.of(words), isUpload)); // okhttp's threads live on for a minute
    }

    private static int run(Access access, List<String> words, boolean isUpload) {
        try {
            return isUpload ? upload(access, words.get(1), words.subList(2, words.size())) : read(access, words);
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

    private static int read(Access access, List<String> words) throws Refused, Unreachable, InterruptedException {
        if (words.size() == 1) {
            return new Output(access, words.get(0), null).run();
        }
        String[] files = words.stream().skip(2).toArray(String[]::new);
        return new Output(access, words.get(0), words.get(1), files).run();
    }

    private static int upload(Access access, String conversation, List<String> paths) throws Refused, Unreachable {
        for (String path : paths) {
            try {
                System.out.println(FileUpload.upload(access, conversation, Path.of(path)));
            } catch (IOException e) {
                printError(path + " can't be read.");
                return USAGE;
            }
        }
        return 0;
    }

    static void printError(String message) {
        System.err.println("midstream-reader: " + message);
    }
}
