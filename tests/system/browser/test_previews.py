"""Diagrams and previews are shown on demand, in frames without the page and without a network."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from html import escape

import pytest
from playwright.sync_api import Frame, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.waiting import eventually
from tests.system.browser.stored import exchange
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

SOON_SECONDS = 1.0
SAID_MS = 300
ANSWER = """
```mermaid
graph TD; Alpha-->Beta;
```

```mermaid
this is no diagram
```

```html
<h1>Hello</h1><script>document.body.append("from a script")</script>
```

```svg
<svg xmlns="http://www.w3.org/2000/svg"><text y="20">Drawn</text></svg>
```
"""
BLOCKED = """async (url) => {
  const answers = [await fetch(url, { mode: "no-cors" }).then(() => "sent", () => "blocked")];
  for (const reach of [() => parent.document.title, () => document.cookie, () => localStorage]) {
    try { reach(); answers.push("reached"); } catch { answers.push("blocked"); }
  }
  return answers;
}"""
# Everything in a document that asks for an address, and what its scripts can send.
REACHES = """
<link rel="preconnect" href="URL"><link rel="preconnect" href="URL" crossorigin>
<link rel="dns-prefetch" href="URL"><link rel="prefetch" href="URL"><link rel="icon" href="URL">
<link rel="preload" as="image" href="URL"><link rel="modulepreload" href="URL">
<link rel="stylesheet" href="URL"><img src="URL">
<iframe src="URL"></iframe><video src="URL"></video>
<object data="URL"></object><embed src="URL"><script src="URL"></script>
<svg><image href="URL"/></svg><p style="background: url(URL)">text</p><a href="#" ping="URL">a</a>
<iframe srcdoc="<img src='URL'><script>fetch('URL')</script>"></iframe>
<script>
document.querySelector("a").click();
for (const send of [
  () => navigator.sendBeacon("URL"), () => new WebSocket("URL".replace("http", "ws")),
  () => new EventSource("URL"), () => new Worker("URL"), () => open("URL"),
  () => (new Image().src = "URL"), () => import("URL"),
  () => parent.postMessage({ isBroken: true }, "*"),
]) try { send(); } catch {}
document.title = "tried";
</script>
"""

# Ways of a document's scripts to a connection, each of which gets out where it is not forbidden.
# What it says must be out before it tries: its process may end.
CONNECT = (
    """(async () => {
  console.log("trying");
  await new Promise((said) => setTimeout(said, SAID_MS));
  const pc = new RTCPeerConnection({ iceServers: SERVERS.map((urls) => ({ urls, LOGIN })) });
  pc.createDataChannel("x");
  const offer = await pc.createOffer();
  await pc.setLocalDescription(offer);
  const active = offer.sdp.replace("setup:actpass", "setup:active");
  const sdp = active.replace(/(ufrag|pwd):/g, "$1:other");
  await pc.setRemoteDescription({ type: "answer", sdp });
  const candidate = "candidate:1 1 udp 2122260223 127.0.0.1 PORT typ host";
  await pc.addIceCandidate({ candidate, sdpMid: "0" });
})();""".replace("LOGIN", "username: 'a', credential: 'b'")
    .replace("SAID_MS", str(SAID_MS))
    .replace(
        "SERVERS",
        "['stun:127.0.0.1:PORT', 'turn:127.0.0.1:PORT', 'turn:127.0.0.1:PORT?transport=tcp']",
    )
)
IN_A_SCRIPT = f"<script>{CONNECT}</script>"
CONNECTS = {
    "itself": IN_A_SCRIPT,
    "frame": f'<iframe srcdoc="{escape(IN_A_SCRIPT)}"></iframe>',
    "frame out of sight": f"""<p><template shadowrootmode="closed">
      <iframe sandbox="allow-scripts" srcdoc="{escape(IN_A_SCRIPT)}"></iframe></template></p>""",
    "address": f'<iframe src="javascript:{escape(CONNECT)}"></iframe>',
}

IS_FREE = """(block) => {
  const { content, paddingInlineEnd } = getComputedStyle(block, "::before");
  const width = block.querySelector(".code-tools").offsetWidth;
  return content === '""' || parseFloat(paddingInlineEnd) >= width;
}"""


@pytest.fixture
def tab(open_tab: Open, database: Database, cast: Cast) -> Tab:
    where = database.conversation(cast.olive)
    exchange(database, where, cast.olive, "Show me", ANSWER)
    return open_tab(cast.olive, f"/conversations/{where}")


def shown(tab: Tab, index: int) -> Frame:
    """Show the preview of one of the blocks; return its frame."""
    before = len(tab.page.frames)
    tab.answer.locator("[data-action^=preview]").nth(index).click()
    eventually(lambda: len(tab.page.frames) > before)
    return tab.page.frames[-1]


def test_nothing_is_loaded_before_a_reader_asks(tab: Tab) -> None:
    expect(tab.answer.locator("[data-action^=preview]")).to_have_count(4)
    assert len(tab.page.frames) == 1


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_language_is_not_beneath_the_tools(tab: Tab, width: int) -> None:
    tab.page.set_viewport_size({"width": width, "height": 700})
    diagram = tab.answer.locator(".code").first
    diagram.locator("[data-action^=preview]").click()  # now it says "Hide diagram"
    assert diagram.evaluate(IS_FREE)


def test_a_diagram_is_drawn_and_hidden_again(tab: Tab) -> None:
    frame = shown(tab, 0)
    expect(frame.locator("svg")).to_contain_text("Beta")
    assert frame.evaluate("self.origin") == "null"
    tab.answer.locator("[data-action^=preview]").first.click()
    expect(tab.answer.locator("iframe")).to_have_count(0)


def test_what_is_no_diagram_says_so(tab: Tab) -> None:
    tab.answer.locator("[data-action^=preview]").nth(1).click()
    expect(tab.answer.locator(".code-preview")).to_have_text("This diagram can't be drawn.")


def test_a_preview_runs_without_the_page_and_without_a_network(tab: Tab) -> None:
    frame = shown(tab, 2)
    expect(frame.locator("body")).to_have_text("Hellofrom a script")
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(SOON_SECONDS)
        url = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/steal"
        assert frame.evaluate(BLOCKED, url) == ["blocked"] * 4
        assert frame.evaluate(BLOCKED, tab.page.url)[0] == "blocked"
        frame.evaluate("url => { location.href = url; }", url)
        with pytest.raises(TimeoutError):
            elsewhere.accept()
    assert tab.errors, "each attempt is reported"
    tab.errors.clear()


def test_a_previewed_document_requests_nothing_and_does_not_speak_for_the_page(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    requests: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        threading.Thread(target=_receive, args=(elsewhere, requests), daemon=True).start()
        url = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/steal"
        where = database.conversation(cast.olive)
        html = f"```html\n{REACHES.replace('URL', url)}\n```"
        exchange(database, where, cast.olive, "Show me", html)
        tab = open_tab(cast.olive, f"/conversations/{where}")
        shown(tab, 0)
        frame = tab.page.frames[1]  # further ones are in it
        eventually(lambda: frame.title() == "tried")
        tab.page.wait_for_timeout(SOON_SECONDS * 1000)
        assert requests == []
        expect(tab.answer.locator(".code-preview > iframe")).to_have_count(1)
    assert tab.errors, "each attempt is reported"
    tab.errors.clear()


@pytest.mark.parametrize("way", CONNECTS)
def test_a_previewed_document_connects_to_nobody(
    open_tab: Open, database: Database, cast: Cast, way: str
) -> None:
    """Not by WebRTC either, in no frame within it; for some ways Chromium ends its process."""
    tcp = socket.create_server(("127.0.0.1", 0))
    with tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(tcp.getsockname())
        udp.settimeout(SOON_SECONDS + SAID_MS / 1000)
        port = str(udp.getsockname()[1])
        where = database.conversation(cast.olive)
        html = CONNECTS[way].replace("PORT", port)
        exchange(database, where, cast.olive, "Show me", f"```html\n{html}\n```")
        tab = open_tab(cast.olive, f"/conversations/{where}")
        with tab.page.expect_console_message(lambda message: message.text == "trying"):
            tab.answer.locator("[data-action^=preview]").click()
        with pytest.raises(TimeoutError):
            udp.recv(1000)
        tcp.settimeout(0)
        with pytest.raises(BlockingIOError):
            tcp.accept()
    tab.errors.clear()


def _receive(server: socket.socket, requests: list[bytes]) -> None:
    """Store what clients send, until the server is closed."""
    with suppress(OSError):
        while True:
            client, _ = server.accept()
            with client, suppress(OSError):
                client.settimeout(SOON_SECONDS)
                requests.append(client.recv(1000))


def test_a_drawing_is_previewed(tab: Tab) -> None:
    expect(shown(tab, 3).locator("svg")).to_have_text("Drawn")
