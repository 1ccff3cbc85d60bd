package midstream;

import java.util.Set;

/** The server has refused a request for good; the code is the protocol's error code. */
public final class Refused extends Exception {
    private static final long serialVersionUID = 1;
    private static final Set<String> TRANSIENT = Set.of("rate_limited", "unavailable");
    public final String code;

    Refused(String code, String message) {
        super(message);
        this.code = code;
    }

    /** May a request that was refused with this code be sent again later? */
    static boolean isTransient(String code) {
        return TRANSIENT.contains(code);
    }
}
