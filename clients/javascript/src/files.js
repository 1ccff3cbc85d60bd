// Uploading files, which a question is then sent with.

import { readFile } from "node:fs/promises";
import { basename } from "node:path";

import { Refused, UNREACHABLE } from "./access.js";

const UPLOAD_MS = 120_000;

/**
 * Uploads a file, and returns its id, for Reader.ask within a day. Throws Refused, whose code is "unreachable" if
 * there is no connection, and what reading the file throws.
 */
export async function upload({ url, token, conversation }, path) {
  const form = new FormData();
  form.set("file", new Blob([await readFile(path)]), basename(path));
  const address = `${url.replace(/\/+$/, "")}/api/conversations/${encodeURIComponent(conversation)}/files`;
  const { id, error, message } = await post(address, token, form);
  if (!id) throw new Refused(error, message);
  return id;
}

/** Returns the answer of the server; what others answer is no JSON, or has no id and no error. */
async function post(address, token, body) {
  const headers = { Authorization: `Bearer ${token}` };
  const options = { method: "POST", headers, body, signal: AbortSignal.timeout(UPLOAD_MS) };
  const answer = await fetch(address, options).then((response) => response.json()).catch(() => null);
  return answer?.id || answer?.error ? answer : { error: UNREACHABLE[0], message: UNREACHABLE[1] };
}
