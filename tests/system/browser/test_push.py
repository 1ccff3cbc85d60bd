"""Web Push in Chromium: a device is set up, gets what is pushed while no page is open, and opens
the conversation at the message."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page, expect

from app.config import new_key
from app.extensions import db
from app.models import PushSubscription, SignIn, User
from app.models.push_subscription import Subscription
from tests.support.cast import Cast, Person
from tests.support.database import Database
from tests.support.push_service import PushService, push_service
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.browser.axe import assert_accessible, assert_aligned
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

PAGE = "/account/notifications"
# The service of the browser's maker can't be reached from here: this stands for it.
STAND_IN = """
const given = %s;
window.subscribed = [];
Notification.requestPermission = async () => "granted";
const subscription = {
  toJSON: () => ({ endpoint: given.endpoint, keys: { p256dh: given.p256dh, auth: given.auth } }),
  unsubscribe: async () => (localStorage.left = "yes"),
};
PushManager.prototype.getSubscription = async () => (localStorage.subscribed ? subscription : null);
PushManager.prototype.subscribe = async (options) => {
  localStorage.subscribed = JSON.stringify(options);
  return subscription;
};
"""
READY = "navigator.serviceWorker.ready.then(() => true)"
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const shown = await registration.getNotifications();
  return shown.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
}"""
# A script can't click on a notification, and without a click it may open no window.
CLICK = """async () => {
  const [notification] = await registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification });
  const replace = (where, name, value) =>
    Object.defineProperty(where, name, { value, configurable: true });
  const done = new Promise((resolve) => replace(event, "waitUntil", resolve));
  let opened = "";
  replace(clients, "openWindow", (address) => (opened = address));
  replace(WindowClient.prototype, "focus", async () => {});
  dispatchEvent(event);
  await await done;
  return opened;
}"""


# Nor can it end a subscription: the browser does, and has another one.
RENEW = """async (given) => {
  const subscription = {
    toJSON: () => ({ endpoint: given.endpoint, keys: { p256dh: given.p256dh, auth: given.auth } }),
  };
  PushManager.prototype.subscribe = async () => subscription;
  const event = new ExtendableEvent("pushsubscriptionchange");
  const done = new Promise((resolve) => (event.waitUntil = resolve));
  dispatchEvent(event);
  await await done;
}"""


class Pushing(NamedTuple):
    """A server on the browser tests' database that pushes, and its push service."""

    url: str
    service: PushService


@pytest.fixture(scope="module")
def pushing(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pushing]:
    folder = tmp_path_factory.mktemp("push")
    with push_service(folder) as service:
        settings = {
            "VAPID_PRIVATE_KEY": new_key(),
            "VAPID_SUBJECT": "mailto:admin@example.org",
            "PUSH_HOSTS": f"localhost:{service.port}",
            "SSL_CERT_FILE": str(folder / "certificate.pem"),
        }
        with Server(server.database_url, folder / "server.log", **settings) as other:
            yield Pushing(other.url, service)


def deliver(page: Page, url: str, told: dict[str, Any]) -> None:
    """Give the page's service worker what a push service would give to it."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(each["registrationId"] for each in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(50)
    pushed = {"origin": url, "registrationId": found[0], "data": json.dumps(told)}
    session.send("ServiceWorker.deliverPushMessage", pushed)
    session.detach()


def devices() -> list[tuple[str, str]]:
    """Return the names and the endpoints of all devices."""
    found = db.select(PushSubscription.name, PushSubscription.endpoint)
    return [tuple(row) for row in db.session.execute(found)]


def test_a_device_is_pushed_to_while_no_page_is_open_and_opens_at_the_message(
    open_tab_in_window: Open, pushing: Pushing, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive, cast.max, title="Bread")
    form = pushing.service.subscribe().form
    tab = open_tab_in_window(
        *(cast.max, PAGE, pushing.url, STAND_IN % json.dumps(form)), service_workers="allow"
    )
    page = tab.page
    page.context.grant_permissions(["notifications"], origin=pushing.url)
    assert page.evaluate(READY)
    page.get_by_label("Name of this device").fill("The laptop")
    assert_accessible(page)
    page.get_by_role("button", name="Push to this device").click()
    device = page.locator("[data-push-here]")
    expect(device).to_contain_text("The laptop (this one)")
    options = json.loads(page.evaluate("localStorage.subscribed"))
    assert options["userVisibleOnly"] is True and len(options["applicationServerKey"]) == 87
    assert_accessible(page)

    page.goto(f"/conversations/{where}")
    page.wait_for_selector("[data-composer-text]")
    page.goto("/account")  # no page shows the conversation
    olive = open_tab_in_window(cast.olive, f"/conversations/{where}", pushing.url)
    olive.ask("/tokens 5 @Max, the secret?")
    [pushed] = eventually(lambda: pushing.service.pushed)
    assert pushed.told["body"] == "Olive has mentioned you."
    assert "secret" not in str(pushed.told)

    for _ in range(2):  # there is one notification for each message
        deliver(page, pushing.url, pushed.told)
    eventually(lambda: page.evaluate(SHOWN))
    [shown] = page.evaluate(SHOWN)
    message = pushed.told["id"]
    address = f"{pushing.url}/conversations/{where}#{message}"
    assert shown == {
        **{"title": "Bread", "body": "Olive has mentioned you."},
        **{"tag": message, "data": address},
    }
    [worker] = page.context.service_workers
    assert worker.evaluate(CLICK) == address

    deliver(page, pushing.url, pushed.told)
    page.goto(f"/conversations/{where}")
    page.evaluate("window.isTheSamePage = true")
    eventually(lambda: page.evaluate(SHOWN))
    assert worker.evaluate(CLICK) == ""
    expect(page).to_have_url(address)
    assert page.evaluate("window.isTheSamePage"), "the page has been reloaded"

    another = pushing.service.subscribe().form
    worker.evaluate(RENEW, another)
    assert database.read(devices) == [("The laptop", another["endpoint"])]

    page.goto(PAGE)
    device.locator("summary").click()
    device.get_by_role("button", name="Remove now").click()
    expect(page.get_by_role("button", name="Push to this device")).to_be_visible()
    expect(device).to_have_count(0)
    assert page.evaluate("localStorage.left") == "yes"


def test_the_columns_of_the_devices_are_aligned(
    open_tab: Open, pushing: Pushing, database: Database
) -> None:
    many = database.person("Petra")
    page = open_tab(many, PAGE, pushing.url).page
    for name in ("The laptop", "A telephone with a name as long as one may be, and a few words"):
        database.write(lambda name=name: _add_device(many, name))
    page.reload()
    rows = page.locator("section", has_text="On your devices").get_by_role("listitem")
    assert_aligned(rows, ".listing-title", ".listing-time", "summary")


def _add_device(person: Person, name: str) -> None:
    user = User.by_email(person.email)
    assert user
    SignIn.begin(user.id, name)
    newest = db.select(SignIn.id).filter_by(user_id=user.id).order_by(SignIn.id.desc()).limit(1)
    new = Subscription(f"https://localhost/{name}", "", "", "")
    PushSubscription.add(user.id, db.session.scalars(newest).one(), name, new)
