"use strict";
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { redactJson, redactText } = require("../lib/redact/redact.js");
const { innocents } = require("../testing/innocents.js");
const { KINDS, PLACED, maker } = require("../testing/secrets.js");

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Where a token turns up in what Claude Code hands over. */
const SURROUNDINGS = {
  "alone": (secret) => ({ prompt: secret }),
  "in a sentence": (secret) => ({ prompt: `use ${secret}, please` }),
  "in an environment file": (secret) => ({ tool_response: { stdout: `A=1\nSOME_NAME=${secret}\nB=2\n` } }),
  "in quotes": (secret) => ({ tool_input: { content: `client(key='${secret}')\nother("${secret}")` } }),
  "in JSON in JSON": (secret) => ({ tool_response: { stdout: JSON.stringify({ a: { b: `x\n${secret}` } }) } }),
  "in JSON in JSON in JSON": (secret) => ({ tool_response: { stdout: JSON.stringify({ a: JSON.stringify({ b: `\n${secret}\t` }) }) } }),
  "in a list of lines": (secret) => ({ structuredPatch: [{ lines: [`-old: ${secret}`, `+${secret}`, " same"] }] }),
  "in a URL": (secret) => ({ url: `https://api.example/v1?x=1&k=${encodeURIComponent(secret)}&y=2` }),
  "behind a colour": (secret) => ({ stdout: `\u001b[32m${secret}\u001b[0m` }),
  "in a key": (secret) => ({ [secret]: 1 }),
};

test("the corpus has more than forty kinds", () => assert.ok(Object.keys(KINDS).length > 80 && Object.keys(PLACED).length > 30));

for (const [name, make] of Object.entries(KINDS))
  test(`it finds ${name} wherever it stands`, () => {
    for (const seed of SEEDS) for (const [where, put] of Object.entries(SURROUNDINGS)) {
      const secret = make(maker(seed));
      const { text, kinds } = redactJson(JSON.stringify(put(secret)));
      assert.equal(text.includes(secret) || text.includes(encodeURIComponent(secret)), false, `${where}: ${text}`);
      assert.doesNotThrow(() => JSON.parse(text), where);
      assert.ok(Object.values(kinds).reduce((sum, count) => sum + count, 0) >= 1);
    }
  });

for (const [name, make] of Object.entries(PLACED))
  test(`it finds ${name} by what stands around it`, () => {
    for (const seed of SEEDS) {
      const { text, secret, all } = make(maker(seed));
      const forms = { "as text": redactText(text).text, "in JSON": redactJson(JSON.stringify({ stdout: `before\n${text}\nafter` })).text,
        "in JSON in JSON": redactJson(JSON.stringify({ stdout: JSON.stringify({ file: `before\n${text}\nafter` }) })).text };
      for (const [form, cleaned] of Object.entries(forms)) {
        for (const part of [secret, ...all]) for (const written of [part, JSON.stringify(part).slice(1, -1)]) assert.equal(cleaned.includes(written), false, `${form}: ${cleaned}`);
        assert.match(cleaned, /\[redacted:[a-z0-9_]+\]/);
        if (form !== "as text") assert.deepEqual([cleaned.includes("before"), cleaned.includes("after")], [true, true], cleaned);
      }
    }
  });

/** The same JSON with letters written as escapes. */
const asJson = (letter) => JSON.stringify(letter).slice(1, -1);
const ESCAPED = {
  "as \\u0041": (text) => [...text].map((letter, at) => (at % 3 ? asJson(letter) : `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`)).join(""),
  "as \\/": (text) => asJson(text).replaceAll("/", "\\/"),
};

for (const [how, escape] of Object.entries(ESCAPED))
  test(`it finds what is written ${how}`, () => {
    for (const make of [...Object.values(KINDS).map((one) => (m) => ({ text: one(m) })), ...Object.values(PLACED)]) {
      const { text } = make(maker(9));
      const written = `{"prompt":"${escape(text)}"}`;
      assert.equal(JSON.parse(written).prompt, text);
      const cleaned = redactJson(written).text;
      assert.match(JSON.parse(cleaned).prompt, /\[redacted:/, text);
    }
  });

test("a key that is written through a diff comes as a list of lines, and goes", () => {
  const { text, all } = PLACED["an RSA key"](maker(3));
  for (const sign of ["+", "-", " ", ""]) {
    const cleaned = redactJson(JSON.stringify({ lines: ["const a = 1;", ...text.split("\n").map((line) => sign + line), `${sign}const b = 2;`, "aGVsbG8gd29ybGQ"] })).text;
    for (const line of all) assert.equal(cleaned.includes(line), false);
    assert.equal(cleaned.includes("const b = 2;"), true);
    assert.equal(cleaned.includes("aGVsbG8gd29ybGQ"), true);
  }
});

test("a value is known by its key, by the name beside it, and by the option before it", () => {
  const cleaned = redactJson(JSON.stringify({ password: "hunter2", env: [{ name: "DB_PASSWORD", value: "zebra9" }], args: ["--token", "abcdEFGH12345678ijkl"], headers: { Authorization: "Bearer abcd1234efgh5678" } })).text;
  assert.deepEqual(JSON.parse(cleaned), { password: "[redacted:password]", env: [{ name: "DB_PASSWORD", value: "[redacted:password]" }], args: ["--token", "[redacted:token]"], headers: { Authorization: "Bearer [redacted:authorization]" } });
});

test("all that is no secret stays, byte for byte", () => {
  const secret = KINDS["GitHub token"](maker(1));
  const around = ['{"n":1e400, "z":0.10,"a": -0, "a":"\\u0000\\ud800\\/é\u2028",\t"deep":[[[{}]]], "p":"x \\u0020', '\\ud83d\\ude00\\/y"}\r\n'];
  assert.equal(redactJson(around.join(secret)).text, around.join("[redacted:github_token]"));
  assert.equal(redactJson(around.join("")).text, around.join(""));
});

test("kinds are counted, contents are not kept", () => {
  const m = maker(5);
  const { kinds } = redactJson(JSON.stringify({ a: `${KINDS["npm token"](m)} ${KINDS["npm token"](m)}`, b: KINDS.JWT(m) }));
  assert.deepEqual(kinds, { npm_token: 2, jwt: 1 });
});

test("what was redacted once is not redacted again", () => {
  for (const make of [...Object.values(KINDS).map((one) => (m) => ({ text: one(m) })), ...Object.values(PLACED)]) {
    const once = redactText(make(maker(4)).text).text;
    assert.deepEqual(redactText(once), { ...redactText(once), text: once, kinds: {} });
  }
});

test("of innocent code, hashes, ids and base64 at most one in a hundred is touched", () => {
  const all = innocents(maker(11));
  const touched = all.filter((text) => redactText(text).text !== text);
  assert.ok(all.length > 1_000);
  assert.ok(touched.length <= all.length / 100, touched.join("\n"));
});

test("the programs of this project keep their lines", () => {
  const { lines, touched } = require("../testing/innocents.js").own(redactText);
  assert.ok(lines > 5_000);
  assert.ok(touched.length <= lines / 1_000, touched.join("\n"));
});

const PATHOLOGICAL = {
  "a letter": "a", "backslashes": "\\", "quotes": '\\"', "starts of JWTs": "eyJ-", "dots of JWTs": "eyJhbGciOi.eyJ", "starts of keys": "-----BEGIN RSA PRIVATE KEY-----\n",
  "dashes": "-", "colons": ":", "assignments": "password=", "quoted assignments": "password=\\\"", "URLs": "https://a:", "at signs": "http://a:b@", "bearers": "Bearer ",
  "sk": "sk-", "hex": "0a1b2c3d-", "tags": "<private>", "escapes": "\\u0061", "digits": "12345678:AA", "curl": "curl -u ", "names": "secret_", "options": "--password ", "base64": "QUJDREVG",
};

for (const [name, piece] of Object.entries(PATHOLOGICAL))
  test(`twice as much of ${name} is twice the work, and no more`, () => {
    const cost = (size) => {
      const text = piece.repeat(Math.ceil(size / piece.length));
      return { json: redactJson(JSON.stringify({ text })).steps, text: redactText(text).steps, key: redactJson(JSON.stringify({ password: text })).steps };
    };
    const [small, large] = [cost(40_000), cost(80_000)];
    for (const form of Object.keys(small)) {
      assert.ok(large[form] <= small[form] * 2.1 + 1_000, `${form}: ${small[form]} steps, then ${large[form]}`);
      assert.ok(large[form] <= 80_000 * 1_500, `${form}: ${large[form]} steps`);
    }
  });

test("sixteen megabytes are read in steps of their own number", () => {
  const line = "const answer = { id: 42, name: 'memfog', url: 'https://example.org/path?x=1' }; // a comment: nothing secret\n";
  const text = JSON.stringify({ content: line.repeat(Math.floor(16 * 1024 * 1024 / (line.length + 1))) });
  assert.ok(redactJson(text).steps < 40 * text.length);
});
