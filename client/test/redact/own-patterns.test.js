"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const { test } = require("node:test");
const { compilePatterns, findUserPatterns } = require("../../lib/redact/user-patterns.js");
const { connect, hook, call: memfog, pretendShipper, scratch } = require("../../testing/scratch.js");
const { startServer } = require("../../testing/servers/server.js");

test("the user's own patterns are redacted everywhere; with a bad one nothing is sent", async (test) => {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test);
  assert.equal((await connect(here, server)).code, 0);
  pretendShipper(here);
  const write = (redact) => fs.writeFileSync(here.paths.config, JSON.stringify({ redact }));
  write(["INT-[A-Z]{4}-\\d{6}", { kind: "acme_key", pattern: "acme_[a-z]+_[0-9]+" }]);
  await hook(here, {
    payload: {
      session_id: "own",
      tool_response: { stdout: JSON.stringify({ a: "see INT-ABCD-123456\nand acme_live_42424242, done" }) },
    },
  });
  assert.equal((await memfog(here, ["flush"])).code, 0);
  const [event] = [...server.events.values()];
  assert.equal(
    event.kind.data.data.tool_response.stdout,
    JSON.stringify({ a: "see [redacted:own]\nand [redacted:acme_key], done" }),
  );
  assert.deepEqual(event.client.redactions, { own: 1, acme_key: 1 });
  write(["(a+)+$"]);
  await hook(here, { payload: { session_id: "kept" } });
  const refused = await memfog(here, ["flush"]);
  assert.equal(refused.code, 1);
  assert.match(`${refused.stdout}${refused.stderr}`, /the pattern .* in "redact" .*until it is fixed, nothing is sent/);
  assert.equal(server.events.size, 1);
  write(["INT-[A-Z]{4}-\\d{6}"]);
  assert.equal((await memfog(here, ["flush"])).code, 0);
  assert.equal(server.events.size, 2);
});

const REFUSED = {
  "(a+)+bcd": /endless ways/,
  "(?:a|aa)*bcd": /endless ways/,
  "(?:[a-z]{0,20}){8}yyyy": /endless ways/,
  "a.*b.*c": /too many ways/,
  "[a-z]+[a-z]+[a-z]+x": /too many ways/,
  "\\w+": /nearly everything/,
  "x*": /matches the empty text/,
  "(abc": /not closed/,
  "abc)": /not open/,
  "^abc": /not understood/,
  "(?=abc)d": /not understood/,
  "(\\w)\\1": /not understood/,
  "[z-a]bcd": /no regular expression/,
  "": /write a pattern/,
  "a{999}b": /too often/,
  [`abc${"d".repeat(300)}`]: /longer than/,
};

test("a pattern that can not be used is refused in words", () => {
  for (const [pattern, why] of Object.entries(REFUSED)) assert.throws(() => compilePatterns([pattern]), why, pattern);
  for (const list of [{}, "x", [5], [null], [{ kind: "Bad Kind", pattern: "abcd" }], [{}]])
    assert.throws(() => compilePatterns(list), /"redact"/, JSON.stringify(list));
  assert.throws(() => compilePatterns(Array.from({ length: 51 }, () => "abcd")), /may hold 50/);
});

test("the worst patterns that are taken end soon on the worst texts", () => {
  const worst = compilePatterns([
    "[a-z]{1,16}[a-z]{1,15}!",
    "aaaa+",
    "b[a-z]{8,250}c",
    "x(?:aaa){1,40}y",
    "\\s*=\\s*acme\\w{8,}",
  ]);
  for (const text of ["a", "ba", "aaab", " ", "x aaa", "= acme "].map((piece) => piece.repeat(20_000 / piece.length))) {
    const cost = (times) => {
      const before = process.cpuUsage();
      findUserPatterns(text.repeat(times), worst);
      const { user } = process.cpuUsage(before);
      return user;
    };
    cost(1);
    const [one, eight] = [cost(1), cost(8)];
    assert.ok(eight < 20 * one + 200_000, `${one} and ${eight} µs`);
    assert.ok(eight < 10_000_000);
  }
});
