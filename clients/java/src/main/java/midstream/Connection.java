package midstream;

import static midstream.InactivityTimer.now;

import io.socket.client.Ack;
import io.socket.client.IO;
import io.socket.client.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.json.JSONObject;

/** One connection to a server; everything that arrives is put into a queue, in order. */
final class Connection {
    /** An event, or "ack …", "connect", "connect_error" and "disconnect". */
    record Incoming(String event, JSONObject data) {}

    private static final List<String> EVENTS = List.of(
            "message", "current_state", "chunk", "streaming_end", "removed", "rejoin", "conversation");
    private static final long OPEN_TIMEOUT = 10_000; // in milliseconds, like the others
    private static final long RECONNECT_TIMEOUT = 120_000;
    private static final long SHORTEST_DELAY = 250;

    private final BlockingQueue<Incoming> incoming = new LinkedBlockingQueue<>();
    private final Socket socket;

    /** Connects and signs in, to follow a conversation. */
    static Connection open(Access access, String conversation) throws Refused, Unreachable, InterruptedException {
        Connection connection = new Connection(access, conversation);
        Incoming first = connection.next(OPEN_TIMEOUT);
        if (first != null && first.event.equals("connect")) {
            return connection;
        }
        connection.close();
        if (first == null || !first.event.equals("connect_error")) {
            throw new Unreachable();
        }
        String reason = first.data.optString("message");
        if (Refused.isTransient(reason)) {
            throw new Unreachable();
        }
        boolean isToken = reason.equals("unauthorized");
        throw isToken ? new Refused(reason, "The server does not accept this token.") : new Refused("protocol", reason);
    }

    /** Connects to a server that may be away for a while. */
    static Connection reconnect(Access access, String conversation)
            throws Refused, Unreachable, InterruptedException {
        long deadline = now() + RECONNECT_TIMEOUT;
        Backoff backoff = new Backoff(SHORTEST_DELAY);
        while (now() < deadline) {
            backoff.increase();
            Thread.sleep(backoff.jittered());
            try {
                return open(access, conversation);
            } catch (Unreachable e) {
                continue;
            }
        }
        throw new Unreachable();
    }

    private Connection(Access access, String conversation) {
        IO.Options options = new IO.Options();
        options.forceNew = true;
        options.reconnection = false; // Reader reconnects, also after a server's DISCONNECT
        options.transports = new String[] {"websocket"};
        options.auth = Map.of("token", access.token(), "protocol", "1"); // it can send strings only
        // A proxy may bring the readers of a conversation together by the query.
        options.query = "conversation=" + URLEncoder.encode(conversation, StandardCharsets.UTF_8);
        URI server = URI.create(access.url());
        options.path = server.getRawPath() + "/socket.io/";
        socket = IO.socket(server.resolve("/conversations"), options);
        for (String event : EVENTS) {
            socket.on(event, arguments -> receive(event, arguments));
        }
        socket.on(Socket.EVENT_CONNECT, arguments -> receive("connect", arguments));
        socket.on(Socket.EVENT_DISCONNECT, arguments -> receive("disconnect", arguments));
        socket.on(Socket.EVENT_CONNECT_ERROR, arguments -> receive(
                arguments.length > 0 && arguments[0] instanceof JSONObject ? "connect_error" : "disconnect", arguments));
        socket.connect();
    }

    /** Sends a request; its acknowledgement arrives as "ack" and the event. */
    void request(String event, JSONObject payload) {
        socket.emit(event, payload, (Ack) arguments -> receive("ack " + event, arguments));
    }

    /** Returns what arrives next, or null if nothing arrives within the timeout in milliseconds. */
    Incoming next(long timeout) throws InterruptedException {
        return incoming.poll(timeout, TimeUnit.MILLISECONDS);
    }

    /** Disconnects; nothing arrives any more. */
    void close() {
        socket.off();
        socket.disconnect();
    }

    private void receive(String event, Object[] arguments) {
        boolean hasData = arguments.length > 0 && arguments[0] instanceof JSONObject;
        incoming.add(new Incoming(event, hasData ? (JSONObject) arguments[0] : new JSONObject()));
    }
}
