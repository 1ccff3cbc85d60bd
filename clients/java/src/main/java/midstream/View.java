package midstream;

import java.util.Set;

/** What a reader tells those who show it, in the thread that calls Reader.run. */
public interface View {
    /** A message is new, or another than before. */
    default void changed(Message message) {}

    /** These messages are gone; none named: all, and what is there comes anew. */
    default void removed(Set<String> ids) {}

    /** The server has the question; the reply is empty until its answer begins. */
    default void asked(String id, String reply) {}

    /** All is there that the server has. */
    default void inStep() {}
}
