package midstream;

import java.util.regex.Pattern;

/** Where a server is, and the API token to sign in with. */
public record Access(String url, String token) {
    private static final Pattern ADDRESS = Pattern.compile("https?://[^/\\s]+.*");

    public Access {
        url = url.replaceFirst("/+$", "");
    }

    /** Is the URL that of a server? */
    public boolean isAddress() {
        return ADDRESS.matcher(url).matches();
    }

    @Override
    public String toString() {
        return "Access[url=" + url + "]"; // a token has no place in a log
    }
}
