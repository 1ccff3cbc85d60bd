package midstream;

import java.io.Console;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Prints one answer: that of the question, or the first that streams. */
final class Output implements View {
    private static final int INCOMPLETE = 1;
    private static final boolean IS_TERMINAL = isTerminal();

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private final Reader reader;
    private final boolean asks; // prints the answer of a question
    private String question = ""; // its id
    private String followed = ""; // the answer's id
    private boolean hasAnswer; // has received the answer
    private int printedContent;
    private int printedThinking;
    private int exitCode;

    Output(Access access, String conversation, String question, String... files) {
        asks = question != null;
        reader = new Reader(access, conversation, this, question, files);
    }

    /** Prints until the end; returns the exit code. */
    int run() throws Refused, Unreachable, InterruptedException {
        reader.run();
        return exitCode;
    }

    @Override
    public void changed(Message message) {
        if (followed.isEmpty() && !asks && message.isStreaming()) {
            followed = message.id;
        }
        if (message.id.equals(followed)) {
            print(message);
        }
    }

    @Override
    public void asked(String id, String reply) {
        question = id;
        followed = reply;
        Message message = reader.log.messages.get(reply);
        if (message != null) {
            print(message);
        }
    }

    @Override
    public void removed(Set<String> ids) {
        if (ids.contains(followed)) {
            end(INCOMPLETE, "The answer was removed.");
        } else if (ids.contains(question)) {
            end(INCOMPLETE, "The question was removed.");
        }
    }

    @Override
    public void inStep() {
        if (followed.isEmpty() && !asks) {
            end(0, "");
        } else if (hasAnswer && !reader.log.messages.containsKey(followed)) {
            end(INCOMPLETE, "The answer was removed.");
        }
    }

    private void print(Message message) {
        hasAnswer = true;
        if (IS_TERMINAL) {
            printedThinking = printNew(message.thinking(), printedThinking, "\033[2m%s\033[0m");
        }
        boolean isFirst = printedThinking > 0 && printedContent == 0;
        printedContent = printNew(message.content(), printedContent, isFirst ? "\n\n%s" : "%s");
        if (message.isStreaming()) {
            return;
        }
        out.print("\n");
        if (message.status().equals("complete")) {
            end(0, message.note());
        } else {
            String reason = message.error() + message.note(); // it has one of them at most
            end(INCOMPLETE, reason.isEmpty() ? "The answer was " + message.status() + "." : reason);
        }
    }

    private void end(int code, String message) {
        exitCode = code;
        if (!message.isEmpty()) {
            Cli.printError(message);
        }
        reader.stop();
    }

    /**
     * Prints what is new in a text, to a terminal without control characters; returns how much is printed
     * now. After a reload the text may be shorter for a while.
     */
    private int printNew(CharSequence text, int printed, String style) {
        if (text.length() <= printed) {
            return printed;
        }
        String piece = text.subSequence(printed, text.length()).toString();
        if (IS_TERMINAL) {
            piece = piece.replaceAll("[\\p{Cc}&&[^\\n\\t]]", "");
        }
        if (!piece.isEmpty()) {
            out.print(String.format(style, piece));
        }
        if (out.checkError()) { // flushes, too
            end(INCOMPLETE, ""); // the output is closed
        }
        return text.length();
    }

    /** Are input and output a terminal? Since Java 22 there is a console in pipes, too, which tells. */
    private static boolean isTerminal() {
        Console console = System.console();
        try {
            return console != null && (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true; // Java 17 to 21 have a console on a terminal only
        }
    }
}
