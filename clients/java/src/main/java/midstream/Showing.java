package midstream;

import java.io.Console;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Prints one answer: the one that is asked for, or the first that streams. */
final class Showing implements View {
    private static final int INCOMPLETE = 1;
    private static final boolean IS_TERMINAL = isTerminal();

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private final Reader reader;
    private final boolean asks;
    private String question = ""; // its id
    private String followed = ""; // the answer's id
    private boolean wasThere;
    private int contentPrinted;
    private int thinkingPrinted;
    private int exit;

    Showing(Access access, String conversation, String question) {
        asks = question != null;
        reader = new Reader(access, conversation, this, question);
    }

    /** Shows it; returns how it ended. */
    int run() throws Refused, Unreachable, InterruptedException {
        reader.run();
        return exit;
    }

    @Override
    public void changed(Message message) {
        if (followed.isEmpty() && !asks && message.isStreaming()) {
            followed = message.id;
        }
        if (message.id.equals(followed)) {
            show(message);
        }
    }

    @Override
    public void asked(String id, String reply) {
        question = id;
        followed = reply;
        Message message = reader.log.messages.get(reply);
        if (message != null) {
            show(message);
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
        } else if (wasThere && !reader.log.messages.containsKey(followed)) {
            end(INCOMPLETE, "The answer was removed.");
        }
    }

    private void show(Message message) {
        wasThere = true;
        if (IS_TERMINAL) {
            thinkingPrinted = grow(message.thinking(), thinkingPrinted, "\033[2m%s\033[0m");
        }
        boolean isFirst = thinkingPrinted > 0 && contentPrinted == 0;
        contentPrinted = grow(message.content(), contentPrinted, isFirst ? "\n\n%s" : "%s");
        if (message.isStreaming()) {
            return;
        }
        out.print("\n");
        if (message.status().equals("complete")) {
            end(0, "");
        } else {
            String why = message.error();
            end(INCOMPLETE, why.isEmpty() ? "The answer was " + message.status() + "." : why);
        }
    }

    private void end(int code, String sentence) {
        exit = code;
        if (!sentence.isEmpty()) {
            Main.say(sentence);
        }
        reader.stop();
    }

    /**
     * Prints what is new of a text, to a terminal without what would be a command to it. After a reload
     * the text may be shorter for a while.
     */
    private int grow(CharSequence text, int printed, String style) {
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
        if (out.checkError()) { // which flushes, too
            end(INCOMPLETE, ""); // nobody reads it any more
        }
        return text.length();
    }

    /** Are both ends a terminal's? Since Java 22 there is a console in pipes, too, which says so. */
    private static boolean isTerminal() {
        Console console = System.console();
        try {
            return console != null && (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true; // Java 17 to 21 have a console on a terminal alone
        }
    }
}
