"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { test } = require("node:test");
const { version } = require("../package.json");
const { KINDS, PLACED, maker } = require("../testing/secrets.js");
const { start, ship, spool } = require("../testing/shipping.js");

test("no secret leaves the machine, and the envelope counts what was taken out", async (test) => {
  const { here, server } = await start(test);
  const m = maker(21);
  const secrets = Object.values(KINDS).map((make) => make(m));
  const { text: key, all } = PLACED["an OpenSSH key"](m);
  await spool(here, { prompt: `${secrets.join("\n")}\n${key}` }, { cwd: "/p", innocent: true });
  await ship(test, here);
  const [event, other] = server.events.values();
  for (const secret of [...secrets, ...all]) assert.equal(server.requests.some(({ text }) => text.includes(secret)), false, secret);
  assert.equal(event.client.redactions.private_key, 1);
  assert.equal(event.client.redactions.npm_token, 1);
  assert.deepEqual(other.client, { name: "memfog", version, machine: os.hostname() });
});

test("secrets in what is no JSON and in what is no text are taken out as well", async (test) => {
  const { here, server } = await start(test);
  const token = KINDS["GitLab token"](maker(3));
  await spool(here, `{"broken": "${token}`, Buffer.concat([Buffer.from([0xff, 0xfe, 0]), Buffer.from(` ${token} `), Buffer.from([0xff])]));
  await ship(test, here);
  const [text, bytes] = [...server.events.values()].map((event) => event.kind.data.data);
  assert.equal(text, '{"broken": "[redacted:gitlab_token]');
  assert.deepEqual(Buffer.from(bytes, "base64"), Buffer.concat([Buffer.from([0xff, 0xfe, 0]), Buffer.from(" [redacted:gitlab_token] "), Buffer.from([0xff])]));
});

test("a secret is gone before an event is cut for its size", async (test) => {
  const { here, server } = await start(test);
  const token = KINDS["GitHub token"](maker(3));
  await spool(here, { content: `${token}\n`.repeat(60_000) });
  await ship(test, here);
  assert.equal(server.requests[0].text.includes(token.slice(0, 12)), false);
  assert.equal([...server.events.values()][0].client.redactions.github_token, 60_000);
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
    const [name] = fs.readdirSync(here.place.outbox);
    assert.match(fs.readFileSync(path.join(here.place.outbox, name), "utf8"), /\[redacted:github_token\]/);
    assert.deepEqual(fs.readdirSync(here.place.spool), []);
    return { status: 200, body: { accepted: 1 } };
  });
  await ship(test, here);
  assert.equal(server.requests.length, 2);
});
