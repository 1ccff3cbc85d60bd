package midstream;

import java.util.Set;

/** What a reader reports, in the thread that calls Reader.run. */
public interface View {
    /** A message is new or has changed. */
    default void changed(Message message) {}

    /** These messages were removed. No ids: all of them; the last page follows. */
    default void removed(Set<String> ids) {}

    /** The server has stored the question; the reply is empty until its answer begins. */
    default void asked(String id, String reply) {}

    /** The reader holds everything that the server has. */
    default void inStep() {}
}
