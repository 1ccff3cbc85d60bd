package midstream;

/** The server has said no, and will say so again; the code is the protocol's. */
public final class Refused extends Exception {
    private static final long serialVersionUID = 1;
    public final String code;

    Refused(String code, String sentence) {
        super(sentence);
        this.code = code;
    }
}
