package midstream;

import static midstream.Silences.now;

import java.util.Set;
import midstream.ConversationLog.Outcome;
import org.json.JSONObject;

/** Follows one conversation by the rule, through as many connections as it takes. */
public final class Reader {
    private static final long ACK = 10_000; // these are milliseconds
    private static final long LONGEST_PAUSE = 8_000;
    private static final long NEVER = Long.MAX_VALUE;
    private static final Set<String> FINAL = Set.of("not_found", "unauthorized");

    public final ConversationLog log;
    private final Access access;
    private final View view;
    private final Question question;
    private Connection connection;
    private boolean stopped;
    private final Silences silences = new Silences();
    private long joinOverdue = NEVER;
    private long wished = NEVER; // when the next join is due
    private long pause;

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
        join();
        ask();
        while (!stopped) {
            Connection.Arrival arrival = connection.next(Math.max(0, deadline() - now()));
            if (arrival == null && joinOverdue == NEVER) {
                join();
            } else if (arrival == null || arrival.event().equals("disconnect")) {
                return;
            } else {
                take(arrival.event(), arrival.data());
            }
        }
    }

    private long deadline() {
        if (joinOverdue != NEVER) {
            return joinOverdue;
        }
        return wished != NEVER ? wished : silences.deadline(log);
    }

    private void take(String event, JSONObject data) throws Refused {
        if (event.startsWith("ack ")) {
            acknowledged(event.equals("ack join"), data);
        } else if (data.optString("conversation").equals(log.conversation)) {
            silences.heard(data.optString("id"));
            Outcome outcome = log.apply(event, data);
            tell(event, data, outcome);
            if (outcome == Outcome.REJOIN || log.isBehind()) {
                wish(0);
            }
        }
    }

    private void tell(String event, JSONObject data, Outcome outcome) {
        if (outcome == Outcome.CHANGED) {
            view.changed(log.messages.get(data.getString("id")));
        } else if (outcome == Outcome.REMOVED) {
            view.removed(ConversationLog.strings(data.getJSONArray("ids")));
        }
        if (event.equals("message") && question != null && question.isWaiting()) {
            ask();
        }
    }

    /** Joins in so many milliseconds, or as soon as the pause between two joins is over. */
    private void wish(long in) {
        wished = now() + Math.max(in, pause);
    }

    private void join() {
        pause = Math.min(Math.max(100, 2 * pause), LONGEST_PAUSE);
        wished = NEVER;
        joinOverdue = now() + ACK;
        connection.request("join", log.holding());
    }

    private void ask() {
        if (question != null && question.reply().isEmpty()) {
            connection.request("send", question.payload());
        }
    }

    private void acknowledged(boolean isJoin, JSONObject ack) throws Refused {
        if (!ack.getBoolean("ok") && (!isJoin || FINAL.contains(ack.getString("error")))) {
            throw new Refused(ack.getString("error"), ack.getString("message"));
        }
        if (isJoin) {
            joined(ack);
        } else {
            question.answered(ack);
            view.asked(question.reply());
        }
    }

    private void joined(JSONObject ack) {
        joinOverdue = NEVER;
        silences.restart();
        if (!ack.getBoolean("ok")) {
            wish((long) (1000 * ack.optDouble("retry_after", 1)));
        } else if (ack.optBoolean("reload")) {
            log.forget();
            view.removed(Set.of());
            wish(0);
        } else {
            log.joined(ack);
            if (log.isBehind()) {
                wish(0);
            } else if (wished == NEVER) {
                pause = 0;
                view.inStep();
            }
        }
    }
}
