package midstream;

import static midstream.InactivityTimer.now;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import midstream.Rule.Outcome;
import org.json.JSONObject;

/** Follows one conversation by the rule, over as many connections as necessary. */
public final class Reader {
    private static final long ACK_TIMEOUT = 10_000; // milliseconds
    private static final double DEFAULT_RETRY_SECONDS = 1;

    public final Rule log;
    private final Access access;
    private final View view;
    private final Question question;
    private Connection connection;
    private boolean stopped;
    private final InactivityTimer inactivity = new InactivityTimer();
    private final PendingJoin pendingJoin = new PendingJoin();
    private final Map<String, Long> inFlight = new HashMap<>(); // when each request was sent

    /**
     * Follows a conversation, and asks a question there unless it is null; with files, by the ids that FileUpload has
     * returned, it may be empty.
     */
    public Reader(Access access, String conversation, View view, String question, String... files) {
        this.access = access;
        this.view = view;
        this.log = new Rule(conversation);
        this.question = question == null ? null : new Question(conversation, question, List.of(files));
    }

    /** Makes run return; to be called from the view. */
    public void stop() {
        stopped = true;
    }

    /**
     * Follows the conversation until stop is called; throws Unreachable if it can't connect at first, or
     * can't reconnect.
     */
    public void run() throws Refused, Unreachable, InterruptedException {
        connection = Connection.open(access, log.conversation);
        while (true) {
            follow();
            connection.close();
            if (stopped) {
                return;
            }
            connection = Connection.reconnect(access, log.conversation);
        }
    }

    /** Follows the conversation until the connection is lost. */
    private void follow() throws Refused, InterruptedException {
        inFlight.clear();
        join();
        ask();
        while (!stopped) {
            Connection.Incoming received = connection.next(Math.max(0, deadline() - now()));
            if (received == null && inFlight.isEmpty()) {
                join();
            } else if (received == null || received.event().equals("disconnect")) {
                return;
            } else {
                receive(received.event(), received.data());
            }
        }
    }

    private long deadline() {
        if (!inFlight.isEmpty()) {
            return Collections.min(inFlight.values()) + ACK_TIMEOUT;
        }
        return pendingJoin.isPending() ? pendingJoin.due() : inactivity.deadline(log.streaming());
    }

    private void receive(String event, JSONObject data) throws Refused {
        if (event.startsWith("ack ")) {
            acknowledged(event.substring(4), data);
        } else if (data.optString("conversation").equals(log.conversation)) {
            inactivity.received(data.optString("id"));
            Outcome outcome = log.apply(event, data);
            report(event, data, outcome);
            boolean isJoining = inFlight.containsKey("join"); // what is missing may be on its way already
            if (outcome == Outcome.REJOIN || (log.isBehind() && !isJoining)) {
                pendingJoin.request();
            }
        }
    }

    private void report(String event, JSONObject data, Outcome outcome) {
        if (outcome == Outcome.CHANGED) {
            view.changed(log.messages.get(data.getString("id")));
        } else if (outcome == Outcome.REMOVED) {
            view.removed(Rule.strings(data.getJSONArray("ids")));
        }
        if (event.equals("message") && data.optString("role").equals("assistant") && question != null) {
            question.answerBegan();
            ask();
        }
    }

    private void join() {
        pendingJoin.sent();
        log.joining();
        request("join", log.joinRequest());
    }

    /** Sends the question, or sends it again to learn whether its answer has begun. */
    private void ask() {
        if (question != null && question.reply().isEmpty() && !inFlight.containsKey("send")) {
            question.sent();
            request("send", question.payload());
        }
    }

    private void request(String event, JSONObject payload) {
        inFlight.put(event, now());
        connection.request(event, payload);
    }

    private void acknowledged(String request, JSONObject ack) throws Refused {
        inFlight.remove(request);
        if (!ack.getBoolean("ok")) {
            refused(ack);
        } else if (request.equals("join")) {
            joined(ack);
        } else {
            asked(ack);
        }
    }

    private void refused(JSONObject ack) throws Refused {
        if (!Refused.isTransient(ack.getString("error"))) {
            throw new Refused(ack.getString("error"), ack.getString("message"));
        }
        pendingJoin.retryAfter((long) (1000 * ack.optDouble("retry_after", DEFAULT_RETRY_SECONDS)));
    }

    private void joined(JSONObject ack) {
        inactivity.restart();
        if (ack.optBoolean("reload")) {
            log.forget();
            view.removed(Set.of());
            pendingJoin.request();
            return;
        }
        log.joined(ack);
        ask();
        if (log.isBehind()) {
            pendingJoin.request();
        } else if (!pendingJoin.isPending()) {
            pendingJoin.reset();
            view.inStep();
        }
    }

    private void asked(JSONObject ack) {
        if (question.acknowledged(ack)) {
            ask();
        }
        view.asked(ack.getString("id"), question.reply());
    }
}
