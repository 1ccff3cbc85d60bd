"""One event to many readers: which of them get it, in which order, and how often it is encoded."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
import socketio
from engineio.packet import MESSAGE, Packet

from app.shared_redis import SharedRedis
from app.transport import fan_out
from app.transport.fan_out import FanOutManager, RedisFanOutManager, client_manager
from app.transport.frame_writer import FrameWriter
from app.transport.frames import encode_frame

NAMESPACE = "/conversations"
ROOM = "a room"


class FakeWriter:
    """A writer of a WebSocket."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def write(self, frame: bytes) -> bool:
        self.frames.append(frame)
        return True


class Stalled:
    """A connection that takes nothing."""

    def sendmsg(self, *_: object) -> int:
        raise BlockingIOError


class FakeServer(socketio.Server):  # type: ignore[misc]
    """A Socket.IO server without connections: what is sent the usual way is in `sent`."""

    def __init__(self, manager: FanOutManager) -> None:
        super().__init__(client_manager=manager, async_mode="threading")
        self.sent: defaultdict[str, list[Any]] = defaultdict(list)
        self.eio.writers = {}
        self.on_sleep: Callable[[], None] = lambda: None

    def _send_eio_packet(self, session_id: str, packet: Packet) -> None:
        self.sent[session_id].append(packet.encode())

    def sleep(self, seconds: float = 0) -> None:
        self.on_sleep()

    def enter(self, session_id: str, writer: FakeWriter | FrameWriter | None = None) -> str:
        """Let a session enter the room, by WebSocket if it has a writer; return the socket's id."""
        sid = str(self.manager.connect(session_id, NAMESPACE))
        self.manager.enter_room(sid, NAMESPACE, ROOM)
        if writer:
            self.eio.writers[session_id] = writer
        return sid

    def chunk(self, number: int) -> None:
        self.emit("chunk", {"seq": number}, to=ROOM, namespace=NAMESPACE)


@pytest.fixture
def server() -> FakeServer:
    return FakeServer(FanOutManager())


@pytest.fixture
def breathless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let others run after each reader."""
    monkeypatch.setattr(fan_out, "TURN_SECONDS", -1.0)


def packet_of(number: int) -> str:
    return f'42{NAMESPACE},["chunk",{{"seq":{number}}}]'


def test_websockets_get_frames_and_the_others_packets(server: FakeServer) -> None:
    writer = FakeWriter()
    server.enter("websocket", writer)
    server.enter("polls")
    server.chunk(1)
    assert writer.frames == [encode_frame(packet_of(1))]
    assert server.sent == {"polls": [packet_of(1)]}


def test_a_websocket_over_its_budget_gets_it_the_usual_way_which_cuts_it(
    server: FakeServer,
) -> None:
    """By a real writer: what it says the first time, it must say again."""
    writer = FrameWriter(Stalled(), 1000, lambda _: None)  # type: ignore[arg-type]
    server.enter("slow", writer)
    for number in range(9):
        server.chunk(number)
    (number, *_) = (number for number in range(9) if packet_of(number) in server.sent["slow"])
    assert number > 0
    assert server.sent["slow"] == [packet_of(each) for each in range(number, 9)]
    assert not writer.write(b"again")


def test_all_get_the_same_bytes_object(server: FakeServer) -> None:
    writers = [FakeWriter() for _ in range(3)]
    for number, writer in enumerate(writers):
        server.enter(f"session {number}", writer)
    server.chunk(1)
    assert len({id(writer.frames[0]) for writer in writers}) == 1


def test_only_the_room_gets_it(server: FakeServer) -> None:
    writer = FakeWriter()
    server.eio.writers["outside"] = writer
    server.manager.connect("outside", NAMESPACE)
    server.chunk(1)
    server.emit("chunk", {}, to=ROOM, namespace="/nowhere")
    assert not writer.frames and not server.sent


@pytest.mark.usefixtures("breathless")
def test_who_leaves_in_the_middle_gets_nothing_more(server: FakeServer) -> None:
    writers = [FakeWriter() for _ in range(3)]
    sids = [server.enter(f"session {number}", each) for number, each in enumerate(writers)]
    server.on_sleep = lambda: server.manager.leave_room(sids[1], NAMESPACE, ROOM)
    server.chunk(1)
    assert [len(writer.frames) for writer in writers] == [1, 0, 1]


@pytest.mark.usefixtures("breathless")
def test_events_emitted_at_once_come_to_all_in_the_same_order(server: FakeServer) -> None:
    writers = [FakeWriter() for _ in range(10)]
    for number, writer in enumerate(writers):
        server.enter(f"session {number}", writer)
    server.on_sleep = lambda: threading.Event().wait(0.0005)
    tasks = [threading.Thread(target=server.chunk, args=[number]) for number in range(8)]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
    assert all(writer.frames == writers[0].frames for writer in writers)
    assert sorted(writers[0].frames) == [encode_frame(packet_of(number)) for number in range(8)]


@pytest.mark.parametrize(
    ("data", "to"),
    [
        (None, ROOM),
        ("text", ROOM),
        (("two", "arguments"), ROOM),
        (["a list"], ROOM),
        ({}, None),
        ({}, [ROOM, "another room"]),
    ],
)
def test_what_the_app_never_emits_is_emitted_as_by_socketio(
    server: FakeServer, data: Any, to: Any
) -> None:
    usual = FakeServer(FanOutManager())
    usual.manager.__class__ = socketio.Manager
    for each in (server, usual):
        each.enter("session", FakeWriter())
        each.emit("event", data, to=to, namespace=NAMESPACE)
    assert server.sent == usual.sent
    assert len(server.sent) == 1


def test_skipping_and_callbacks_are_left_to_socketio(server: FakeServer) -> None:
    writer = FakeWriter()
    sid = server.enter("session", writer)
    server.emit("event", {}, to=ROOM, namespace=NAMESPACE, skip_sid=sid)
    assert not server.sent
    server.emit("event", {}, to=ROOM, namespace=NAMESPACE, callback=lambda: None)
    assert not writer.frames


def test_an_event_that_ends_a_session_may_cause_another_event(server: FakeServer) -> None:
    """A reader that polls no more is noticed when something is sent to it."""
    writer = FakeWriter()
    server.enter("polls")
    server.enter("websocket", writer)

    def send(session_id: str, packet: Packet) -> None:
        if packet.data == packet_of(1)[1:] and session_id == "polls":
            server.chunk(2)

    server._send_eio_packet = send  # type: ignore[method-assign]
    server.chunk(1)
    assert sorted(writer.frames) == [encode_frame(packet_of(1)), encode_frame(packet_of(2))]


@pytest.mark.usefixtures("breathless")
def test_an_event_to_many_readers_holds_up_no_other_room(server: FakeServer) -> None:
    """Between two of the readers another task emits to another room."""
    here, there = FakeWriter(), FakeWriter()
    server.enter("here", here)
    sid = str(server.manager.connect("there", NAMESPACE))
    server.manager.enter_room(sid, NAMESPACE, "another room")
    server.eio.writers["there"] = there
    is_emitted = threading.Event()

    def emit_there() -> None:
        server.emit("chunk", {"seq": 2}, to="another room", namespace=NAMESPACE)
        is_emitted.set()

    def wait_for_it() -> None:
        server.on_sleep = lambda: None
        threading.Thread(target=emit_there).start()
        assert is_emitted.wait(10), "it waits for the other room"

    server.on_sleep = wait_for_it
    server.chunk(1)
    assert here.frames == [encode_frame(packet_of(1))]
    assert there.frames == [encode_frame(packet_of(2))]


def test_a_rooms_lock_is_forgotten_with_the_room(server: FakeServer) -> None:
    sids = [server.enter(f"session {number}", FakeWriter()) for number in range(2)]
    server.chunk(1)
    lock = server.manager._locks[ROOM]
    server.manager.leave_room(sids[0], NAMESPACE, ROOM)
    server.chunk(2)
    assert server.manager._locks == {ROOM: lock}
    server.manager.leave_room(sids[1], NAMESPACE, ROOM)
    assert not server.manager._locks
    server.manager.send(ROOM, Packet(MESSAGE, "to nobody"), NAMESPACE)
    assert not server.manager._locks


@pytest.mark.usefixtures("breathless")
def test_who_has_left_and_come_back_gets_nothing_of_before(server: FakeServer) -> None:
    """All leave while an event is being sent, and one of them enters again at once."""
    writers = [FakeWriter() for _ in range(2)]
    sids = [server.enter(f"session {number}", each) for number, each in enumerate(writers)]

    def leave_and_return() -> None:
        server.on_sleep = lambda: None
        for sid in sids:
            server.manager.leave_room(sid, NAMESPACE, ROOM)
        server.manager.enter_room(sids[1], NAMESPACE, ROOM)
        server.chunk(2)

    server.on_sleep = leave_and_return
    server.chunk(1)
    assert [writer.frames for writer in writers] == [
        [encode_frame(packet_of(1))],
        [encode_frame(packet_of(2))],
    ]


def test_the_manager_is_one_on_redis_where_there_is_a_redis() -> None:
    assert isinstance(client_manager(SharedRedis("redis://nowhere"), NAMESPACE), RedisFanOutManager)
    assert type(client_manager(None, NAMESPACE)) is FanOutManager
