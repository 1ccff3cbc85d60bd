package midstream;

import java.util.Set;
import org.json.JSONObject;

/** The server has said no, and will say so again; the code is the protocol's. */
public final class Refused extends Exception {
    private static final long serialVersionUID = 1;
    private static final Set<String> PASSING = Set.of("rate_limited", "unavailable");
    public final String code;

    Refused(String code, String sentence) {
        super(sentence);
        this.code = code;
    }

    /** May what was refused with this code be asked again after a while? */
    static boolean isPassing(String code) {
        return PASSING.contains(code);
    }

    /** Returns in how many milliseconds to ask again; throws Refused where that would change nothing. */
    static long patience(JSONObject ack) throws Refused {
        if (!isPassing(ack.getString("error"))) {
            throw new Refused(ack.getString("error"), ack.getString("message"));
        }
        return (long) (1000 * ack.optDouble("retry_after", 1));
    }
}
