package midstream;

import java.util.regex.Pattern;

/** A server's address and an API token. */
public record Access(String url, String token) {
    private static final Pattern ADDRESS = Pattern.compile("https?://[^/\\s]+.*");

    public Access {
        url = url.replaceFirst("/+$", "");
    }

    /** Does the URL begin with http:// or https://? */
    public boolean isAddress() {
        return ADDRESS.matcher(url).matches();
    }

    @Override
    public String toString() {
        return "Access[url=" + url + "]"; // a token must not appear in logs
    }
}
