package midstream;

/** There is no connection. A later try may succeed. */
public final class Unreachable extends Exception {
    private static final long serialVersionUID = 1;
}
