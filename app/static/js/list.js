// The page of the list of conversations: live, with a search.

import { Toast } from "./alerts.js";
import { PageConnection, newPageSocket } from "./connection.js";
import { startList } from "./list-view.js";
import { ConversationMenu } from "./menu.js";
import { QuickSearch } from "./quick-search.js";

const element = document.querySelector("[data-list]");

new QuickSearch(document.querySelector("main"));

if (element) {
  const socket = newPageSocket();
  const connection = new PageConnection(socket);
  new ConversationMenu(document, startList(element, socket), new Toast(document.querySelector("[data-toast]")));
  connection.followPage();
}
