"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { test } = require("node:test");
const { version } = require("../../package.json");
const { KINDS, PLACED, maker } = require("../../testing/secrets/secrets.js");
const { start, ship, spool } = require("../../testing/shipping.js");

test("no secret leaves the machine, and the envelope counts what was taken out", async (test) => {
  const { here, server } = await start(test);
  const m = maker(21);
  const secrets = Object.values(KINDS).map((make) => make(m));
  const { text: key, all } = PLACED["an OpenSSH key"](m);
  await spool(here, { prompt: `${secrets.join("\n")}\n${key}` }, { cwd: "/p", innocent: true });
  await ship(test, here);
  const [event, other] = server.events.values();
  for (const secret of [...secrets, ...all])
    assert.equal(
      server.requests.some(({ text }) => text.includes(secret)),
      false,
      secret,
    );
  assert.equal(event.client.redactions.private_key, 1);
  assert.equal(event.client.redactions.npm_token, 1);
  assert.deepEqual(other.client, { name: "memfog", version, host: "unknown", machine: os.hostname() });
});

test("secrets in what is no JSON and in what is no text are taken out as well", async (test) => {
  const { here, server } = await start(test);
  const token = KINDS["GitLab token"](maker(3));
  await spool(
    here,
    `{"broken": "${token}`,
    Buffer.concat([Buffer.from([0xff, 0xfe, 0]), Buffer.from(` ${token} `), Buffer.from([0xff])]),
  );
  await ship(test, here);
  const [text, bytes] = [...server.events.values()].map((event) => event.kind.data.data);
  assert.equal(text, '{"broken": "[redacted:gitlab_token]');
  assert.deepEqual(
    Buffer.from(bytes, "base64"),
    Buffer.concat([Buffer.from([0xff, 0xfe, 0]), Buffer.from(" [redacted:gitlab_token] "), Buffer.from([0xff])]),
  );
});

/** Text in UTF-16 as Windows shells write it. */
const swapped = (text) => Buffer.from(text, "utf16le").swap16();
const WIDE = {
  "JSON in UTF-16": (secret) => Buffer.from(`\ufeff{"key":"${secret}"}`, "utf16le"),
  "the same the other way round": (secret) => swapped(`\ufeff {"key":"${secret}"}`),
  "JSON of few Latin letters": (secret) => Buffer.from(`\ufeff{"${"文".repeat(500)}":"${secret}"}`, "utf16le"),
  "text without a mark": (secret) => Buffer.from(`key ${secret}\r\n`, "utf16le"),
  "the same without a mark": (secret) => swapped(`key ${secret}\r\n`),
  "text with half a letter and half a byte pair": (secret) =>
    Buffer.concat([Buffer.from(`\ufeffkey \ud800 ${secret} `, "utf16le"), Buffer.from([65])]),
  "a large text": (secret) => Buffer.from(`\ufeffkey ${secret} ${"line\r\n".repeat(400_000)}`, "utf16le"),
};

for (const [name, write] of Object.entries(WIDE))
  test(`a secret in UTF-16 is taken out: ${name}`, async (test) => {
    const { here, server } = await start(test);
    const token = KINDS["GitLab token"](maker(3));
    await spool(here, write(token));
    await ship(test, here);
    const [{ kind }] = server.events.values();
    const sent = JSON.stringify(kind.data.data);
    assert.match(sent, /\[redacted:gitlab_token\]/);
    assert.equal(sent.replaceAll("\\u0000", "").includes(token), false);
  });

const NOT_WIDE = {
  "a mark alone": [0xff, 0xfe],
  "numbers of two bytes": [1, 0, 2, 0, 3, 0, 0, 0, 255, 0, 254, 255],
  "bytes behind a mark": [0xfe, 0xff, 0x80, 0x81, 0x9f, 0xc0],
};
for (const [name, bytes] of Object.entries(NOT_WIDE))
  test(`what is no UTF-16 is carried byte by byte: ${name}`, async (test) => {
    const { here, server } = await start(test);
    await spool(here, Buffer.from(bytes));
    await ship(test, here);
    const [
      {
        kind: { data },
      },
    ] = server.events.values();
    assert.deepEqual(data, { hook: "post_tool_use", data: Buffer.from(bytes).toString("base64"), data_as: "base64" });
  });

test("a secret is gone before an event is cut for its size", async (test) => {
  const { here, server } = await start(test);
  const token = KINDS["GitHub token"](maker(3));
  await spool(here, { content: `${token}\n`.repeat(60_000) });
  await ship(test, here);
  assert.equal(server.requests[0].text.includes(token.slice(0, 12)), false);
  const [{ client, kind }] = server.events.values();
  const stored = kind.data.data.content.split("[redacted:github_token]").length - 1;
  // The shipper reads a little beyond the cut, so that it does not miss a secret of which only a half is before the
  // cut.
  assert.ok(stored > 1_000 && client.redactions.github_token >= stored, `${stored} kept`);
});

test("folders are cleaned too", async (test) => {
  const { here, server } = await start(test);
  const token = KINDS["GitHub token"](maker(3));
  await spool(here, { cwd: `/home/alice/${token}` });
  await ship(test, here);
  assert.equal([...server.events.values()][0].project, "/home/alice/[redacted:github_token]");
});

test("the outbox holds clean events though the server is away, and the spool is empty", async (test) => {
  const { here, server } = await start(test);
  const token = KINDS["GitHub token"](maker(3));
  await spool(here, { prompt: token });
  server.next.push({ status: 503, headers: { "Retry-After": "1" } }, () => {
    const [name] = fs.readdirSync(here.paths.outbox);
    assert.match(fs.readFileSync(path.join(here.paths.outbox, name), "utf8"), /\[redacted:github_token\]/);
    assert.deepEqual(fs.readdirSync(here.paths.spool), []);
    return { status: 200, body: { accepted: 1 } };
  });
  await ship(test, here);
  assert.equal(server.requests.length, 2);
});
