// The arithmetic of the feed; run by test_scripts.py with `node --test`.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  elapsed,
  followingIndex,
  pause,
  pulseAfter,
  replaces,
  surplus,
  titled,
  waiting,
} from "../../../static/js/plan.js";
import { clock, short, whole } from "../../../static/js/time.js";

test("a result replaces a beginning, and never the other way round", () => {
  assert.equal(replaces({ open: true }, { open: false }), true);
  assert.equal(replaces({ open: true }, { open: true }), true);
  assert.equal(replaces({ open: false }, { open: false }), true);
  assert.equal(replaces({ open: false }, { open: true }), false);
});

test("the page keeps five hundred rows", () => {
  assert.equal(surplus(500), 0);
  assert.equal(surplus(503), 3);
});

test("it waits longer each time, at most half a minute, never not at all", () => {
  assert.equal(pause(0, 0), 250);
  assert.equal(pause(3, 0), 2000);
  assert.ok(pause(50, 0.999) <= 30_000);
});

test("the pill counts", () => assert.equal(waiting(1200), "1,200 new"));

test("what lasts is told in the unit that one would use", () => {
  assert.equal(elapsed(-5), "0 s");
  assert.equal(elapsed(59_999), "59 s");
  assert.equal(elapsed(60_000), "1 min");
  assert.equal(elapsed(7_500_000), "2 h 5 min");
  assert.equal(elapsed(10_901_700_000), "126 days");
});

test("the tab counts who waits", () => {
  assert.equal(titled("Live", 2), "(2) Live");
  assert.equal(titled("Live", 0), "Live");
});

test("a time is short on its own day", () => {
  const at = new Date(2026, 2, 4, 5, 6, 7);
  assert.equal(clock(at), "05:06:07");
  assert.equal(short(at, new Date(2026, 2, 4, 23, 0, 0)), "05:06:07");
  assert.equal(short(at, new Date(2026, 2, 5, 0, 0, 0)), "04 Mar 05:06");
  assert.equal(whole(at), "04 Mar 2026, 05:06:07");
});

test("it asks how it goes rarely where nobody looks, and ever more rarely without an answer", () => {
  assert.equal(pulseAfter({ hidden: false, missed: 0, chance: 0 }), 10_000);
  assert.equal(pulseAfter({ hidden: true, missed: 0, chance: 0 }), 60_000);
  assert.equal(pulseAfter({ hidden: false, missed: 2, chance: 0.5 }), 45_000);
  assert.equal(pulseAfter({ hidden: true, missed: 99, chance: 0 }), 120_000);
});

test("the key for those that wait goes round", () => {
  assert.deepEqual(
    [-1, 0, 1, 2].map((index) => followingIndex(index, 3)),
    [0, 1, 2, 0],
  );
  assert.equal(followingIndex(-1, 0), 0);
});
