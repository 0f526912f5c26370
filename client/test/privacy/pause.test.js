"use strict";
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { filesIn, call: memfog, scratch } = require("../../testing/scratch.js");

test("a pause of no time, or beyond what a file's time can say, is refused with the bounds", async (test) => {
  const here = scratch(test);
  for (const time of ["0m", "0s0h", "9999999d", "367d", "99999999999999d", "5", "-1h"]) {
    const { code, stderr } = await memfog(here, ["pause", `--for=${time}`]);
    assert.equal(code, 2, time);
    assert.match(stderr, /one second to 366 days|is no time/, time);
    assert.deepEqual(filesIn(here.paths.paused), []);
  }
  assert.equal((await memfog(here, ["pause", "--for", "366d"])).code, 0);
  assert.equal((await memfog(here, ["resume"])).stdout, "Capturing again.\n");
});
