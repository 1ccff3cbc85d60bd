"""Writing frames to one WebSocket: at once where nothing waits, otherwise from a buffer."""

from __future__ import annotations

import socket
from _thread import RLock
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from app.transport import tcp
from app.transport.backlog import counted

StartTask = Callable[[Callable[[], None]], Any]
Frame = bytes | memoryview

AT_ONCE_BYTES = 65_536  # of small frames that are written together
WITHOUT_WAITING = socket.MSG_DONTWAIT


class FrameWriter:
    """Writes frames whole, in the order of the calls, without letting a caller wait.

    What the kernel takes at once is written by the caller, under the lock. The rest waits here for
    a task, which exists only while something waits; meanwhile callers only add to what waits. So
    never do two write at the same time, and an idle connection needs no task.

    `budget` is how many bytes may wait, as `backlog.counted` counts them.
    """

    # There is one for each reader, and each event comes to all of them.
    __slots__ = (
        "_budget",
        "_connection",
        "_in_hand",
        "_is_closed",
        "_is_over_budget",
        "_lock",
        "_sendmsg",
        "_start_task",
        "_waiting",
        "put_bytes",
        "taken_bytes",
        "waiting_bytes",
    )

    def __init__(self, connection: socket.socket, budget: int, start_task: StartTask) -> None:
        self._connection = connection
        self._sendmsg = connection.sendmsg  # green sockets leave it as it is: it never yields
        self._budget = budget
        self._start_task = start_task
        # Nothing yields while it is held, so that it need not be green: that would cost more than
        # all the rest. Green threads, which share a thread, never find it taken.
        self._lock = RLock()
        self._in_hand: Sequence[Frame] = ()  # what the task is writing
        self._waiting: deque[Frame] | tuple[()] = ()  # what comes after it; idle, no memory
        self._is_closed = False
        self._is_over_budget = False
        self.waiting_bytes = 0  # of the budget
        self.put_bytes = 0  # that had to wait, since the beginning
        self.taken_bytes = 0  # of these, what has left the buffer

    def write(self, frame: Frame) -> bool:
        """Write a frame, now or later; return False where the budget has no room for it.

        From then on nothing is written: a later frame must not come without this one. Nor is it
        after `close`, or once the connection has ended.
        """
        with self._lock:
            if self._is_closed:
                return not self._is_over_budget
            if not self._in_hand:
                needs_task = self._write_now(frame)
            elif self.waiting_bytes + self._counted(frame) <= self._budget:
                needs_task = self._keep(frame)
            else:
                self._is_closed = self._is_over_budget = True
                return False
        if needs_task:
            self._start_writing()
        return True

    def close(self, frame: bytes) -> None:
        """Write a last frame after what waits, then close the sending side of the connection."""
        with self._lock:
            if self._is_closed:
                return
            needs_task = self._keep(frame) if self._in_hand else self._write_now(frame)
            self._is_closed = True
            if not self._in_hand:
                self._shut_down()
        if needs_task:
            self._start_writing()

    def drop_backlog(self) -> None:
        """Remove what waits, except for what is being written, and for the frame of `close`."""
        with self._lock:
            while self._waiting and not self._is_closed:
                self._forget(self._waiting.pop())

    def _write_now(self, frame: Frame) -> bool:
        """Write as much of a frame as the kernel takes at once, and keep the rest.

        Returns whether the task must be started for it.
        """
        try:
            written = self._sendmsg([frame], (), WITHOUT_WAITING)
        except BlockingIOError:
            written = 0
        except OSError:
            self._end()
            return False
        if written == len(frame):
            return False
        rest = memoryview(frame)[written:]
        self._in_hand = (rest,)
        self._count(rest)
        return True

    def _keep(self, frame: Frame) -> bool:
        """Let a frame wait. Returns False: there is a task already."""
        if not self._waiting:
            self._waiting = deque()
        self._waiting.append(frame)
        self._count(frame)
        return False

    def _count(self, frame: Frame) -> None:
        self.waiting_bytes += self._counted(frame)
        self.put_bytes += len(frame)

    def _forget(self, frame: Frame) -> None:
        self.waiting_bytes -= self._counted(frame)
        self.taken_bytes += len(frame)

    def _counted(self, frame: Frame) -> int:
        return counted(len(frame), self._budget)

    def _start_writing(self) -> None:
        try:
            self._start_task(self._write_waiting)
        except (RuntimeError, MemoryError):  # no thread can be started
            with self._lock:
                self._end()

    def _write_waiting(self) -> None:
        """The task: write what waits until nothing does. Only here is the reader waited for."""
        frames = self._in_hand
        try:
            while frames:
                data = frames[0] if len(frames) == 1 else b"".join(frames)
                self._connection.sendall(memoryview(data))
                frames = self._next_frames()
        except OSError:  # the reader has gone, or has read nothing for too long
            with self._lock:
                self._end()

    def _next_frames(self) -> Sequence[Frame]:
        """Forget what was written, and return what is written next, small frames together.

        Where that is nothing, callers write again from this moment on, and the task must end.
        """
        with self._lock:
            for frame in self._in_hand:
                self._forget(frame)
            self._in_hand = self._take()
            if self._is_closed and not self._in_hand:
                self._shut_down()
            return self._in_hand

    def _take(self) -> Sequence[Frame]:
        frames: list[Frame] = []
        size = 0
        while self._waiting and (not frames or size + len(self._waiting[0]) <= AT_ONCE_BYTES):
            frames.append(self._waiting.popleft())
            size += len(frames[-1])
        return frames or ()

    def _shut_down(self) -> None:
        with suppress(OSError):  # the reader has gone
            self._connection.shutdown(socket.SHUT_WR)

    def _end(self) -> None:
        """Write nothing any more, and wake whoever receives on the connection."""
        self._is_closed = True
        for frame in (*self._in_hand, *self._waiting):
            self._forget(frame)
        self._in_hand = self._waiting = ()
        tcp.reset(self._connection)
