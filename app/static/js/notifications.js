// The account's page of notifications: whether this browser shows them, and whether they are pushed to it. It asks only
// when a button is pressed.

const STATES = {
  granted: "This browser shows notifications.",
  denied: "This browser does not allow notifications. You can change that in its settings for this page.",
  default: "",
  none: "This browser can't show notifications, or the page was not loaded over HTTPS.",
};
const NOT_ALLOWED = "This browser has not been allowed to show notifications.";
const NO_PUSH = "Nothing can be pushed to this browser, or the page was not loaded over HTTPS.";
const NO_SERVICE = "The browser's service for notifications can't be reached. Please try again.";

const state = document.querySelector("[data-notifications-state]");
const button = document.querySelector("[data-notifications-ask]");
const form = document.querySelector("[data-push]");

button.addEventListener("click", async () => {
  await Notification.requestPermission();
  show();
  if (button.hidden) state.focus();
});
form?.addEventListener("submit", subscribe);
document.querySelector("[data-push-here] form")?.addEventListener("submit", unsubscribe, { once: true });
show();

function show() {
  const permission = window.Notification?.permission ?? "none";
  state.textContent = STATES[permission];
  button.hidden = permission !== "default";
}

/** Sends the form with what the browser gives for its push service. */
async function subscribe(event) {
  event.preventDefault();
  const problem = form.querySelector("[data-push-problem]");
  problem.textContent = "";
  try {
    problem.textContent = await problemWithPush();
    if (problem.textContent) return;
    const { endpoint, keys } = (await newSubscription(form.elements.server_key.value)).toJSON();
    for (const [name, value] of Object.entries({ endpoint, ...keys })) if (name in form.elements) form.elements[name].value = value;
    form.submit();
  } catch {
    problem.textContent = NO_SERVICE;
  }
}

async function problemWithPush() {
  if (!("PushManager" in window && "serviceWorker" in navigator)) return NO_PUSH;
  const permission = await Notification.requestPermission();
  show();
  return permission === "granted" ? "" : NOT_ALLOWED;
}

/** What there is may be for an earlier key of the server. */
async function newSubscription(key) {
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

/** Ends the browser's subscription, too, before the form is sent. */
async function unsubscribe(event) {
  event.preventDefault();
  const { target, submitter } = event;
  const registration = await navigator.serviceWorker?.getRegistration();
  const subscription = await registration?.pushManager?.getSubscription();
  await subscription?.unsubscribe().catch(() => {}); // the server sends nothing any more in any case
  target.requestSubmit(submitter);
}
