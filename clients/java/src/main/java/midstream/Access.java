package midstream;

import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/** A server's address and an API token. */
public record Access(String url, String token) {
    // By itself the parser takes the first part of a path for a missing host.
    private static final Pattern ADDRESS = Pattern.compile("https?://[^/\\\\].*");

    public Access {
        url = url.replaceFirst("/+$", "");
    }

    /** Does the URL begin with http:// or https://, and name a host? */
    public boolean isAddress() {
        return ADDRESS.matcher(url).matches() && HttpUrl.parse(url) != null;
    }

    @Override
    public String toString() {
        return "Access[url=" + url + "]"; // a token must not appear in logs
    }
}
