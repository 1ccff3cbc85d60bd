// The list of conversations passes the vectors.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, test } from "node:test";

import { ConversationList } from "../../clients/javascript/src/conversation-list.js";

const FOLDER = new URL("../../clients/list-vectors/", import.meta.url);

class View {
  versions = {};
  show({ conversation, version }) {
    this.versions[conversation] = version;
  }
  remove(id) {
    delete this.versions[id];
  }
}

function take(list, { event, data, asking, state, page = [] }) {
  if (event) list.apply(event, data);
  else if (asking) list.ask();
  else if (state) list.replace(state);
  else for (const conversation of page) list.add(conversation);
}

describe("conversation-list.js passes", () => {
  for (const name of readdirSync(FOLDER)) {
    const vector = JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
    test(vector.name, () => {
      const view = new View();
      const list = new ConversationList(view);
      for (const step of vector.steps) {
        take(list, step);
        assert.deepEqual(view.versions, step.expect);
      }
    });
  }
});
