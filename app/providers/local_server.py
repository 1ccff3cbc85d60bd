"""The program that serves the local model; local_process.py runs it.

Its standard input is a socket to the parent. It reads the key that callers must send, writes its
address, and ends when the parent closes the socket or is killed.
"""

from __future__ import annotations

import os
import signal
import socket
import sys

import xllamacpp

CONTEXT_TOKENS = 4096
ANSWERS_AT_ONCE = 2
LONGEST_ANSWER_TOKENS = 512
MOST_THREADS = 4
END_SECONDS = 1


def parameters(weights: str, key: str) -> xllamacpp.CommonParams:
    """Return the server's settings: reachable from this machine only, on any free port."""
    params = xllamacpp.CommonParams()
    params.model.path = weights
    params.port = 0
    params.api_keys = [key]
    params.cors_origins = ""
    params.ui = False
    params.endpoint_slots = False
    params.n_parallel = ANSWERS_AT_ONCE
    params.n_ctx = CONTEXT_TOKENS * ANSWERS_AT_ONCE
    params.n_predict = LONGEST_ANSWER_TOKENS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads()
    params.cache_ram_mib = 0
    params.sampling.penalty_repeat = 1.1
    return params


def threads() -> int:
    """Return how many threads may compute.

    One core is left to stream the answers: threads that share a core wait for each other, and
    the model becomes ten times as slow.
    """
    return max(1, min(MOST_THREADS, (os.cpu_count() or 1) - 1))


def main(weights: str) -> None:
    """Serve until the parent has ended."""
    with socket.socket(fileno=sys.stdin.fileno()) as parent:
        parent.setblocking(True)
        key = parent.makefile().readline().strip()
        server = xllamacpp.Server(parameters(weights, key))
        parent.sendall(server.listening_address.encode())
        parent.recv(1)
    signal.alarm(END_SECONDS)  # an answer under way must not keep the process


if __name__ == "__main__":
    main(sys.argv[1])
