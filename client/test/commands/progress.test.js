"use strict";
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { makeByteProgress } = require("../../lib/progress.js");

/** What is written for these reports, as [seconds, done, total]. */
function written(isTTY, reports) {
  let [now, text] = [0, ""];
  const stream = {
    isTTY,
    write(part) {
      text += part;
    },
  };
  const report = makeByteProgress({ stream, clock: () => now });
  for (const [seconds, done, total] of reports) {
    now = seconds * 1000;
    report(done, total);
  }
  return text;
}

const GB = 1e9;

test("a terminal sees a bar with the bytes that were read and an estimate", () => {
  const text = written(true, [
    [0, 0, 10 * GB],
    [0.01, 1, 10 * GB],
    [60, GB, 10 * GB],
    [590, 9.9 * GB, 10 * GB],
    [600, 10 * GB, 10 * GB],
    [600.5, 10 * GB, 10 * GB],
  ]);
  assert.deepEqual(
    text.split("\r").map((part) => part.replace(/[█░]+/, "").trim()),
    ["", "1.0 of 10.0 GB, about 9 min left", "9.9 of 10.0 GB, about 6 s left", "10.0 of 10.0 GB"],
  );
  assert.ok(text.endsWith("\n"));
});

test("without a terminal only long work is reported, now and then", () => {
  assert.equal(
    written(false, [
      [0, 0, 1000],
      [3, 500, 1000],
      [5, 1000, 1000],
    ]),
    "",
  );
  const long = [11, 12, 22, 30].map((seconds, index) => [seconds, (index + 1) * 25e6, 100e6]);
  assert.equal(
    written(false, long),
    "25.0 of 100.0 MB, about 33 s left\n75.0 of 100.0 MB, about 8 s left\n100.0 of 100.0 MB\n",
  );
});

test("nothing to read needs no report", () => {
  assert.equal(written(true, [[5, 0, 0]]), "");
});
