// How long a reader waits for the server's answer to what it has asked.

export const ACK_TIMEOUT_MS = 10_000;
