// A conversation with the list of all of them beside it: one socket, whichever conversation is open.

import { Banner, StatusLine, Toast } from "./alerts.js";
import { PageConnection, newPageSocket } from "./connection.js";
import { ConversationPage } from "./conversation-page.js";
import { EarlierPage } from "./earlier-messages.js";
import { startList } from "./list-view.js";
import { ConversationMenu } from "./menu.js";
import { Navigation } from "./navigation.js";
import { setTitle } from "./new-messages.js";
import { Sidebar } from "./sidebar.js";

const socket = newPageSocket();
const connection = new PageConnection(socket);
const sidebar = new Sidebar(document.querySelector("[data-sidebar]"));
const list = startList(document.querySelector("[data-list]"), socket);
const toast = new Toast(document.querySelector("[data-toast]"));
const navigation = new Navigation(mount, opened, toast);
new ConversationMenu(document, list, toast, navigation);

connection.followPage({ hidden: () => navigation.page.save(), shown: () => navigation.page.resume() });

/** Brings what the server has rendered to life. */
function mount(main, isReturn) {
  const status = new StatusLine(main.querySelector("[data-status-line]"));
  const banner = new Banner(main.querySelector("[data-banner]"), main.querySelector("[data-messages]"));
  connection.reportTo(banner, status);
  const Page = main.querySelector("[data-composer]") ? ConversationPage : EarlierPage;
  return new Page(main, socket, { banner, status }, isReturn);
}

function opened(id, title) {
  setTitle(title);
  list.setCurrent(id);
  sidebar.close();
}
