package midstream;

/** Where a server is, and the API token to sign in with. */
public record Access(String url, String token) {
    @Override
    public String toString() {
        return "Access[url=" + url + "]"; // a token has no place in a log
    }
}
