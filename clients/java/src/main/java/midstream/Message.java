package midstream;

/** A message as far as it is known; its texts are exact prefixes of the stored ones. */
public final class Message {
    public final String id;
    long seq;
    String status = "streaming";
    String error = "";
    String note = "";
    final StringBuilder content = new StringBuilder();
    final StringBuilder thinking = new StringBuilder();

    Message(String id) {
        this.id = id;
    }

    /** How much of a message is held: entries, and characters of its texts. */
    record Extent(long seq, int content, int thinking) {}

    Extent extent() {
        return new Extent(seq, content.length(), thinking.length());
    }

    /** Drops the text after this extent. */
    void cutBack(Extent extent) {
        content.setLength(extent.content());
        thinking.setLength(extent.thinking());
    }

    /** May more text follow? */
    public boolean isStreaming() {
        return status.equals("streaming");
    }

    /** Returns streaming, complete, stopped, interrupted or failed. */
    public String status() {
        return status;
    }

    /** Returns why the answer has failed; empty if it has not. */
    public String error() {
        return error;
    }

    /** Returns what a complete answer lacks, or who has stopped it; empty if nothing. */
    public String note() {
        return note;
    }

    /** Returns the text of the message, which only grows. */
    public CharSequence content() {
        return content;
    }

    /** Returns the model's thinking, which only grows. */
    public CharSequence thinking() {
        return thinking;
    }
}
