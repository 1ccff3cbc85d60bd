package midstream;

import static midstream.Silences.now;

import java.util.Set;
import midstream.ConversationLog.Outcome;
import org.json.JSONObject;

/** Follows one conversation by the rule, through as many connections as it takes. */
public final class Reader {
    public final ConversationLog log;
    private final Access access;
    private final View view;
    private final Question question;
    private Connection connection;
    private boolean stopped;
    private final Silences silences = new Silences();
    private final Wishes wishes = new Wishes();
    private Requests requests;

    /** Follows answers, and asks a question unless it is null. */
    public Reader(Access access, String conversation, View view, String question) {
        this.access = access;
        this.view = view;
        this.log = new ConversationLog(conversation);
        this.question = question == null ? null : new Question(conversation, question);
    }

    /** Has run return; to be called from the view. */
    public void stop() {
        stopped = true;
    }

    /** Follows until stop; throws Unreachable where there is no connection at first, or for too long. */
    public void run() throws Refused, Unreachable, InterruptedException {
        connection = Connection.open(access);
        while (true) {
            follow();
            connection.close();
            if (stopped) {
                return;
            }
            connection = Connection.reopen(access);
        }
    }

    /** Follows until the connection is gone. */
    private void follow() throws Refused, InterruptedException {
        requests = new Requests();
        join();
        ask();
        while (!stopped) {
            Connection.Arrival arrival = connection.next(Math.max(0, deadline() - now()));
            if (arrival == null && requests.isEmpty()) {
                join();
            } else if (arrival == null || arrival.event().equals("disconnect")) {
                return;
            } else {
                take(arrival.event(), arrival.data());
            }
        }
    }

    private long deadline() {
        if (!requests.isEmpty()) {
            return requests.deadline();
        }
        return wishes.isPending() ? wishes.due() : silences.deadline(log);
    }

    private void take(String event, JSONObject data) throws Refused {
        if (event.startsWith("ack ")) {
            acknowledged(event.substring(4), data);
        } else if (data.optString("conversation").equals(log.conversation)) {
            silences.heard(data.optString("id"));
            Outcome outcome = log.apply(event, data);
            tell(event, data, outcome);
            if (outcome == Outcome.REJOIN || log.isBehind()) {
                wishes.wish();
            }
        }
    }

    private void tell(String event, JSONObject data, Outcome outcome) {
        if (outcome == Outcome.CHANGED) {
            view.changed(log.messages.get(data.getString("id")));
        } else if (outcome == Outcome.REMOVED) {
            view.removed(ConversationLog.strings(data.getJSONArray("ids")));
        }
        if (event.equals("message") && data.optString("role").equals("assistant") && question != null) {
            question.overtake();
            ask(); // it may have its turn now
        }
    }

    private void join() {
        wishes.granted();
        request("join", log.holding());
    }

    /** Asks, or asks what has become of it, unless that is being asked. */
    private void ask() {
        if (question != null && question.reply().isEmpty() && !requests.isInFlight("send")) {
            request("send", question.payload());
        }
    }

    private void request(String event, JSONObject payload) {
        requests.begin(event);
        connection.request(event, payload);
    }

    private void acknowledged(String request, JSONObject ack) throws Refused {
        requests.end(request);
        if (!ack.getBoolean("ok")) {
            wishes.refused(Refused.patience(ack));
        } else if (request.equals("join")) {
            joined(ack);
        } else {
            asked(ack);
        }
    }

    private void asked(JSONObject ack) {
        if (question.answered(ack)) {
            ask();
        }
        view.asked(ack.getString("id"), question.reply());
    }

    private void joined(JSONObject ack) {
        silences.restart();
        if (ack.optBoolean("reload")) {
            log.forget();
            view.removed(Set.of());
            wishes.wish();
            return;
        }
        log.joined(ack);
        ask();
        if (log.isBehind()) {
            wishes.wish();
        } else if (!wishes.isPending()) {
            wishes.fulfilled();
            view.inStep();
        }
    }
}
