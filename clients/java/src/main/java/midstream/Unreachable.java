package midstream;

/** There is no connection; later there may be. */
public final class Unreachable extends Exception {
    private static final long serialVersionUID = 1;
}
