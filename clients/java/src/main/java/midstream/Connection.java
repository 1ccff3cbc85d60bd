package midstream;

import static midstream.Silences.now;

import io.socket.client.Ack;
import io.socket.client.IO;
import io.socket.client.Socket;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.json.JSONObject;

/** One connection to a server; all that comes is put into a queue, in order. */
final class Connection {
    /** An event, or "ack …", "connect", "refused" and "disconnect". */
    record Arrival(String event, JSONObject data) {}

    private static final List<String> EVENTS = List.of(
            "message", "current_state", "chunk", "streaming_end", "removed", "rejoin", "conversation");
    private static final long OPEN = 10_000; // these are milliseconds
    private static final long PATIENCE = 120_000; // for a server that was there once
    private static final long LONGEST_PAUSE = 8_000;

    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final Socket socket;

    /** Connects and signs in. */
    static Connection open(Access access) throws Refused, Unreachable, InterruptedException {
        Connection connection = new Connection(access);
        Arrival first = connection.next(OPEN);
        if (first != null && first.event.equals("connect")) {
            return connection;
        }
        connection.close();
        if (first == null || !first.event.equals("refused")) {
            throw new Unreachable();
        }
        String why = first.data.optString("message");
        if (Refused.isPassing(why)) {
            throw new Unreachable();
        }
        boolean isUnknown = why.equals("unauthorized");
        throw isUnknown ? new Refused(why, "The server does not accept this token.") : new Refused("protocol", why);
    }

    /** Comes back to a server, which may be away for a while. */
    static Connection reopen(Access access) throws Refused, Unreachable, InterruptedException {
        long deadline = now() + PATIENCE;
        for (long pause = 250; now() < deadline; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
            Thread.sleep((long) (pause * (0.5 + Math.random() / 2)));
            try {
                return open(access);
            } catch (Unreachable e) {
                continue;
            }
        }
        throw new Unreachable();
    }

    private Connection(Access access) {
        IO.Options options = new IO.Options();
        options.forceNew = true;
        options.reconnection = false; // Reader comes back by itself, also after a server's DISCONNECT
        options.transports = new String[] {"websocket"};
        options.auth = Map.of("token", access.token(), "protocol", "1"); // strings are all it can send
        socket = IO.socket(URI.create(access.url() + "/conversations"), options);
        for (String event : EVENTS) {
            socket.on(event, said -> arrive(event, said));
        }
        socket.on(Socket.EVENT_CONNECT, said -> arrive("connect", said));
        socket.on(Socket.EVENT_DISCONNECT, said -> arrive("disconnect", said));
        socket.on(Socket.EVENT_CONNECT_ERROR, said ->
                arrive(said.length > 0 && said[0] instanceof JSONObject ? "refused" : "disconnect", said));
        socket.connect();
    }

    /** Asks something of the server; the answer arrives as "ack" and the event. */
    void request(String event, JSONObject payload) {
        socket.emit(event, payload, (Ack) said -> arrive("ack " + event, said));
    }

    /** Returns what comes next, or null if nothing comes for so many milliseconds. */
    Arrival next(long patience) throws InterruptedException {
        return arrivals.poll(patience, TimeUnit.MILLISECONDS);
    }

    /** Leaves; nothing arrives any more. */
    void close() {
        socket.off();
        socket.disconnect();
    }

    private void arrive(String event, Object[] said) {
        JSONObject data = said.length > 0 && said[0] instanceof JSONObject object ? object : new JSONObject();
        arrivals.add(new Arrival(event, data));
    }
}
