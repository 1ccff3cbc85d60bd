// The line to the server as the reader sees it: a banner while it is gone, and who wants to try now.

import { Reconnection } from "./reconnection.js";

const GONE = "The connection is lost.";
const BACK = "The connection is back.";
const SIGNED_OUT = "You are signed out.";

/** Keeps the line; returns try() to be called when there is reason to hope. say() is for those who can't see. */
export function keepLine(socket, banner, say) {
  let isGone = false;
  const reconnection = new Reconnection(socket, { waits, tries, back, refused });
  const now = () => reconnection.now();
  window.addEventListener("online", now);
  return now;

  function waits(seconds) {
    lost(`Next try in ${seconds} s.`);
  }

  function tries() {
    if (isGone) lost("Trying …");
  }

  function lost(plan) {
    if (!isGone) say(GONE);
    isGone = true;
    banner.announce(`${GONE} ${plan}`, "Try now", now);
  }

  function back() {
    if (isGone) say(BACK);
    isGone = false;
    banner.withdraw();
  }

  function refused() {
    banner.show(SIGNED_OUT, "Sign in", () => location.reload());
  }
}
