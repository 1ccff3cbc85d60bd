package midstream;

/** As much of a message as is known: an exact beginning of what the database holds. */
public final class Message {
    public final String id;
    long seq;
    String status = "streaming";
    String error = "";
    final StringBuilder content = new StringBuilder();
    final StringBuilder thinking = new StringBuilder();

    Message(String id) {
        this.id = id;
    }

    /** Is more to come? */
    public boolean isStreaming() {
        return status.equals("streaming");
    }

    /** Returns streaming, complete, stopped, interrupted or failed. */
    public String status() {
        return status;
    }

    /** Returns a sentence that says why it has failed, or nothing. */
    public String error() {
        return error;
    }

    /** Returns what it says; it only grows. */
    public CharSequence content() {
        return content;
    }

    /** Returns what the model has thought; it only grows. */
    public CharSequence thinking() {
        return thinking;
    }
}
