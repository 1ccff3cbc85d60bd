// The account's page of notifications: whether this browser shows them. It asks only when the button is pressed.

const STATES = {
  granted: "This browser shows notifications.",
  denied: "This browser does not allow notifications. You can change that in its settings for this page.",
  default: "",
  none: "This browser can't show notifications, or the page was not loaded over HTTPS.",
};

const state = document.querySelector("[data-notifications-state]");
const button = document.querySelector("[data-notifications-ask]");

button.addEventListener("click", async () => {
  await Notification.requestPermission();
  show();
  if (button.hidden) state.focus();
});
show();

function show() {
  const permission = window.Notification?.permission ?? "none";
  state.textContent = STATES[permission];
  button.hidden = permission !== "default";
}
