// The page of a share link: what it shows, live, for readers who are not signed in, and who can only read.

import { JoinLoop } from "midstream-reader/join-loop";
import { MessageLog } from "midstream-reader/rule";

import { Alerts, Banner, StatusLine } from "./alerts.js";
import { listenForCode } from "./blocks.js";
import { fetchMarkdown, listenForCopies } from "./clipboard.js";
import { PageConnection, newPageSocket } from "./connection.js";
import { ConversationView } from "./conversation-view.js";
import { listenForMathematics } from "./mathematics.js";
import { AutoScroll } from "./scrolling.js";
import { ThinkingChoices } from "./thinking.js";

const ENDED = ["This link can't be used any more.", "Load again"];
const CROWDED = "Too many people read along by links at the moment, so this page does not follow.";

const main = document.querySelector("main");
const [messages, complaint] = [main.querySelector("[data-messages]"), main.querySelector("[data-complaint]")];
const status = new StatusLine(main.querySelector("[data-status-line]"));
const banner = new Banner(main.querySelector("[data-banner]"), messages);
const socket = newPageSocket({ auth: { share: main.dataset.shared } });
const connection = new PageConnection(socket, ENDED, CROWDED);
const choices = new ThinkingChoices({ getItem: () => null, setItem: () => {} }, ""); // strangers see none
const view = new ConversationView(main, { banner, status }, choices, { not_found: ENDED });
const log = new MessageLog(main.dataset.conversation, view.read());
const joinLoop = new JoinLoop(socket, log, view);
const autoScroll = new AutoScroll(document.body, () => {});

connection.reportTo(banner, status);
listenForCopies(main, (article) => fetchMarkdown(article, log, socket), status, new Alerts(complaint));
listenForCode(main);
listenForMathematics(main);
if (log.streaming.length > 0) autoScroll.jump();

connection.followPage({ shown: () => joinLoop.join() });
