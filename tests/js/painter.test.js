import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Painter } from "../../app/static/js/painter.js";

const FRAME_MS = 16;
const BETWEEN_MS = 50;

let painted, painter, now;

beforeEach(({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => now);
  now = 0;
  painted = [];
  painter = new Painter(() => painted.push(now));
  globalThis.requestAnimationFrame = (paint) => setTimeout(paint, FRAME_MS);
  globalThis.cancelAnimationFrame = clearTimeout;
});

function pass(mock, ms) {
  for (const until = now + ms; now < until; ) {
    now += 1;
    mock.timers.tick(1);
  }
}

test("the first time it paints in the next frame", ({ mock }) => {
  painter.soon();
  pass(mock, FRAME_MS);
  assert.deepEqual(painted, [FRAME_MS]);
});

test("however often it is asked, it leaves a pause between", ({ mock }) => {
  for (let count = 0; count < 1000; count++) {
    painter.soon();
    pass(mock, 1);
  }
  const pauses = painted.slice(1).map((at, index) => at - painted[index]);
  assert.ok(painted.length > 10);
  assert.ok(pauses.every((pause) => pause >= BETWEEN_MS));
});

test("what was asked for last is painted, without being asked for again", ({ mock }) => {
  painter.soon();
  pass(mock, FRAME_MS + 1);
  painter.soon();
  pass(mock, BETWEEN_MS + FRAME_MS);
  assert.equal(painted.length, 2);
});

test("who paints now need not paint soon", ({ mock }) => {
  painter.soon();
  painter.now();
  painter.soon();
  painter.now();
  pass(mock, 1000);
  assert.deepEqual(painted, [0, 0]);
});
