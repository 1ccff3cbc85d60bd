// The errors of a reader, and which of them may pass.

const TRANSIENT = new Set(["rate_limited", "unavailable"]);

/** Why a reader that can't connect gives up, as code and sentence. */
export const UNREACHABLE = ["unreachable", "The server can't be reached."];

/** The server has refused a request, and would refuse it again; `code` is the protocol's. */
export class Refused extends Error {
  constructor(code, sentence) {
    super(sentence);
    this.code = code;
  }
}

/** Whether what was refused with this code may be tried again. */
export function isTransient(code) {
  return TRANSIENT.has(code);
}

/**
 * Whether this begins with http:// or https:// and names a host. By itself the parser takes the first part of a
 * path for a missing host.
 */
export function isAddress(url) {
  return /^https?:\/\/[^/\\]/.test(url) && URL.canParse(url);
}
