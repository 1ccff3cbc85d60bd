import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Painter } from "../../app/static/js/patching.js";

const FRAME_MS = 16;
const BETWEEN_MS = 50;
const AT_MOST_MS = 200;

let painted, painter, now, takes, layoutTakes, layouts;

beforeEach(({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => now);
  now = 0;
  takes = layoutTakes = layouts = 0;
  painted = [];
  painter = new Painter(
    () => {
      painted.push(now);
      now += takes;
    },
    () => {
      layouts += 1;
      now += layoutTakes;
    },
  );
  globalThis.document = { hidden: false };
  globalThis.requestAnimationFrame = (paint) => setTimeout(paint, FRAME_MS);
  globalThis.cancelAnimationFrame = clearTimeout;
});

function pass(mock, ms) {
  for (const until = now + ms; now < until; ) {
    now += 1;
    mock.timers.tick(1);
  }
}

test("the first paint is in the next frame", ({ mock }) => {
  painter.soon();
  pass(mock, FRAME_MS);
  assert.deepEqual(painted, [FRAME_MS]);
});

/** Requests a paint in each of so many milliseconds; returns the intervals between the paints. */
function intervalsOf(mock, milliseconds = 1000) {
  for (let count = 0; count < milliseconds; count++) {
    painter.soon();
    pass(mock, 1);
  }
  return painted.slice(1).map((at, index) => at - painted[index]);
}

test("however often it is requested, there is an interval between paints", ({ mock }) => {
  const intervals = intervalsOf(mock);
  assert.ok(intervals.length > 10);
  assert.ok(intervals.every((interval) => interval >= BETWEEN_MS));
});

test("while it is laid out for long, most of the time is left for keys", ({ mock }) => {
  [takes, layoutTakes] = [5, 200];
  const intervals = intervalsOf(mock, 4000).slice(1);
  assert.ok(intervals.length > 3);
  assert.ok(intervals.every((interval) => interval > 3 * layoutTakes), intervals.join());
});

test("layout is measured once in a while, and each time once it takes long", ({ mock }) => {
  const paint = (times) => {
    layouts = 0;
    intervalsOf(mock, times * (BETWEEN_MS + 1));
    return layouts;
  };
  painter.now();
  assert.equal(layouts, 1, "the first one is");
  assert.equal(paint(20), 4);
  [layoutTakes, painted] = [200, []];
  paint(100);
  assert.ok(layouts >= painted.length - 5, `${layouts} of ${painted.length}`);
  layoutTakes = 0;
  paint(20);
  assert.equal(paint(20), 4, "it is short again");
});

test("if a paint takes longer, the interval is longer, up to a limit", ({ mock }) => {
  takes = 5;
  const intervals = intervalsOf(mock, 1500).slice(1);
  assert.ok(intervals.length > 5);
  assert.ok(intervals.every((interval) => interval > BETWEEN_MS && interval <= AT_MOST_MS), intervals.join());
});

test("a hidden page waits for a frame", ({ mock }) => {
  const frames = [];
  globalThis.requestAnimationFrame = (paint) => frames.push(paint);
  painter.now();
  painter.soon();
  globalThis.document.hidden = true;
  pass(mock, 1000);
  assert.deepEqual([painted, frames.length], [[0], 1]);
  frames[0]();
  assert.deepEqual(painted, [0, 1000]);
});

test("the last request is painted, without another one", ({ mock }) => {
  painter.soon();
  pass(mock, FRAME_MS + 1);
  painter.soon();
  pass(mock, BETWEEN_MS + FRAME_MS);
  assert.equal(painted.length, 2);
});

test("painting now replaces painting soon", ({ mock }) => {
  painter.soon();
  painter.now();
  painter.soon();
  painter.now();
  pass(mock, 1000);
  assert.deepEqual(painted, [0, 0]);
});
