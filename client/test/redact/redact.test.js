"use strict";
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { redactJson, redactText } = require("../../lib/redact/redact.js");
const { innocents } = require("../../testing/secrets/innocents.js");
const { KINDS, PLACED, maker } = require("../../testing/secrets/secrets.js");

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Places of a token in the payloads of Claude Code. */
const SURROUNDINGS = {
  "alone": (secret) => ({ prompt: secret }),
  "in a sentence": (secret) => ({ prompt: `use ${secret}, please` }),
  "in an environment file": (secret) => ({ tool_response: { stdout: `A=1\nSOME_NAME=${secret}\nB=2\n` } }),
  "in quotes": (secret) => ({ tool_input: { content: `client(key='${secret}')\nother("${secret}")` } }),
  "in JSON in JSON": (secret) => ({ tool_response: { stdout: JSON.stringify({ a: { b: `x\n${secret}` } }) } }),
  "in JSON in JSON in JSON": (secret) => ({
    tool_response: { stdout: JSON.stringify({ a: JSON.stringify({ b: `\n${secret}\t` }) }) },
  }),
  "in a list of lines": (secret) => ({ structuredPatch: [{ lines: [`-old: ${secret}`, `+${secret}`, " same"] }] }),
  "in a URL": (secret) => ({ url: `https://api.example/v1?x=1&k=${encodeURIComponent(secret)}&y=2` }),
  "behind a color": (secret) => ({ stdout: `\u001b[32m${secret}\u001b[0m` }),
  "in a key": (secret) => ({ [secret]: 1 }),
};

test("the corpus has more than forty kinds", () =>
  assert.ok(Object.keys(KINDS).length > 80 && Object.keys(PLACED).length > 30));

for (const [name, make] of Object.entries(KINDS))
  test(`it finds ${name} wherever it stands`, () => {
    for (const seed of SEEDS)
      for (const [where, put] of Object.entries(SURROUNDINGS)) {
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
      const forms = {
        "as text": redactText(text).text,
        "in JSON": redactJson(JSON.stringify({ stdout: `before\n${text}\nafter` })).text,
        "in JSON in JSON": redactJson(JSON.stringify({ stdout: JSON.stringify({ file: `before\n${text}\nafter` }) }))
          .text,
      };
      for (const [form, cleaned] of Object.entries(forms)) {
        for (const part of [secret, ...all])
          for (const written of [part, JSON.stringify(part).slice(1, -1)])
            assert.equal(cleaned.includes(written), false, `${form}: ${cleaned}`);
        assert.match(cleaned, /\[redacted:[a-z0-9_]+\]/);
        if (form !== "as text")
          assert.deepEqual([cleaned.includes("before"), cleaned.includes("after")], [true, true], cleaned);
      }
    }
  });

/** The same JSON with some letters written as escapes. */
const asJson = (letter) => JSON.stringify(letter).slice(1, -1);
const ESCAPED = {
  "as \\u0041": (text) =>
    text
      .split("") // in UTF-16 units, as JSON escapes
      .map((letter, at) => (at % 3 ? asJson(letter) : `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`))
      .join(""),
  "as \\/": (text) => asJson(text).replaceAll("/", "\\/"),
};

for (const [how, escaped] of Object.entries(ESCAPED))
  test(`it finds what is written ${how}`, () => {
    for (const make of [...Object.values(KINDS).map((one) => (m) => ({ text: one(m) })), ...Object.values(PLACED)]) {
      const { text } = make(maker(9));
      const written = `{"prompt":"${escaped(text)}"}`;
      assert.equal(JSON.parse(written).prompt, text);
      const cleaned = redactJson(written).text;
      assert.match(JSON.parse(cleaned).prompt, /\[redacted:/, text);
    }
  });

const ESC = "\u001b";
const HTML = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };
/** Transformations of a text after which a reader can still recover the secret. */
const inLines = (base64) => base64.replace(/.{76}/g, "$&\n");
const CARRIERS = {
  "in the colors of jq": (text) => text.replace(/["'][^"'\n]*["']|[:=]/g, (part) => `${ESC}[34;1m${part}${ESC}[0m`),
  "in a color of its own for each word": (text) =>
    text.replace(/[\w.~%+/-]+/g, (part) => `${ESC}[1;32m${part}${ESC}[39m`),
  "escaped for a page": (text) => text.replace(/[&<>"']/g, (sign) => HTML[sign]),
  "escaped for a page twice": (text) => text.replace(/[&<>"']/g, (sign) => HTML[sign]).replace(/&/g, "&amp;"),
  "in base64": (text) => `$ base64 x\n${Buffer.from(`${text}\n`).toString("base64")}\n$ `,
  "in base64 over lines": (text) =>
    `$ base64 x\n${inLines(Buffer.from(`# a line before\n${text}\nand one behind\n`).toString("base64"))}\n$ `,
  "in base64 in JSON": (text) => JSON.stringify({ data: { "app.env": Buffer.from(text).toString("base64") } }),
};

for (const [how, carry] of Object.entries(CARRIERS))
  test(`it finds what is ${how}`, () => {
    const missed = [];
    for (const [name, make] of [
      ...Object.entries(KINDS).map(([kind, one]) => [kind, (m) => ({ text: one(m), all: [] })]),
      ...Object.entries(PLACED),
    ]) {
      const { text, secret = text, all } = make(maker(12));
      const carried = carry(text);
      const plain = (cleaned) =>
        cleaned
          .replaceAll(/\u001b\[[\d;]*m/g, "")
          .replaceAll(
            /&(?:amp;)?(quot|lt|gt|amp|#x27);/g,
            (_, entity) => Object.entries(HTML).find(([, one]) => one === `&${entity};`)[0],
          );
      const asJson = JSON.parse(redactJson(JSON.stringify({ stdout: carried })).text).stdout;
      for (const cleaned of [redactText(carried).text, asJson]) {
        const isLeft =
          !/\[redacted:/.test(cleaned) ||
          [secret, ...all].some((part) => plain(cleaned).includes(part)) ||
          (how.includes("base64") &&
            [...cleaned.matchAll(/[A-Za-z0-9+/]{8,}=*/g)].some(([run]) =>
              Buffer.from(run, "base64").toString().includes(secret),
            ));
        if (isLeft) missed.push(`${name}: ${cleaned.slice(0, 300)}`);
      }
    }
    assert.deepEqual(missed, []);
  });

test("it finds a token that the edge of a terminal breaks in two, and takes both parts", () => {
  const missed = [];
  for (const [name, make] of Object.entries(KINDS))
    for (const [how, newline] of Object.entries({ bare: "\n", carriage: "\r\n", continued: "\\\n", quoted: "\n> " })) {
      const secret = make(maker(6));
      const at = 80 - (Math.floor(secret.length / 2) % 70);
      const line = `export SOME_NAME=`.padStart(at, "x ").slice(-at) + secret;
      const margin = newline.slice(1).trim() && !newline.includes("\\") ? newline.slice(1) : "";
      const broken = margin + line.replace(/(.{80})(?=.)/g, `$1${newline}`);
      const parts = broken.slice(margin.length + at).split(newline);
      const cleaned = redactText(`first line\n${broken}\nlast line`).text;
      if (
        !cleaned.startsWith("first line\n") ||
        !cleaned.endsWith("\nlast line") ||
        parts.some((part) => part.length > 5 && cleaned.includes(part))
      )
        missed.push(`${name}, ${how}: ${cleaned}`);
    }
  assert.deepEqual(missed, []);
});

test("a command that prints a secret is known by what it is, and its output goes", () => {
  const uuid = maker(3).uuid();
  for (const command of [
    "heroku auth:token",
    "cd app && heroku auth:token -a shop",
    "gh auth token",
    "printenv DB_PASSWORD",
    'echo "$API_TOKEN"',
    "kubectl get secret db -o jsonpath={.data.p} | base64 -d",
    "op read op://Private/x/password",
  ]) {
    const cleaned = redactJson(
      JSON.stringify({
        tool_name: "Bash",
        tool_input: { command },
        tool_response: { stdout: `${uuid}\n`, stderr: "" },
      }),
    );
    assert.deepEqual([cleaned.kinds, cleaned.text.includes(uuid)], [{ secret: 1 }, false], command);
  }
  for (const command of [
    "uuidgen",
    "git rev-parse HEAD",
    "heroku apps:info",
    "printenv SESSION_ID",
    "echo $RANDOM_ID",
  ]) {
    const text = JSON.stringify({ tool_input: { command }, tool_response: { stdout: uuid } });
    assert.equal(redactJson(text).text, text, command);
  }
});

test("the private part of a JSON Web Key goes, be it JSON of its own or in a text", () => {
  const m = maker(8);
  const key = { kty: "RSA", n: m.url(342), e: "AQAB", d: m.url(342), p: m.url(171), q: m.url(171), kid: "one" };
  for (const text of [JSON.stringify({ mcp: key }), JSON.stringify({ stdout: JSON.stringify(key, null, 2) })]) {
    const cleaned = redactJson(text).text;
    for (const part of ["d", "p", "q"]) assert.equal(cleaned.includes(key[part]), false, part);
    assert.equal(cleaned.includes(key.n) && cleaned.includes("AQAB"), true);
  }
  assert.equal(redactText(`<path d="${m.url(43)}"/>`).kinds.private_key, undefined);
});

test("a key that is written through a diff comes as a list of lines, and goes", () => {
  const { text, all } = PLACED["an RSA key"](maker(3));
  for (const sign of ["+", "-", " ", ""]) {
    const cleaned = redactJson(
      JSON.stringify({
        lines: [
          "const a = 1;",
          ...text.split("\n").map((line) => sign + line),
          `${sign}const b = 2;`,
          "aGVsbG8gd29ybGQ",
        ],
      }),
    ).text;
    for (const line of all) assert.equal(cleaned.includes(line), false);
    assert.equal(cleaned.includes("const b = 2;"), true);
    assert.equal(cleaned.includes("aGVsbG8gd29ybGQ"), true);
  }
});

test("a value is known by its key, by the name beside it, and by the option before it", () => {
  const cleaned = redactJson(
    JSON.stringify({
      password: "hunter2",
      env: [{ name: "DB_PASSWORD", value: "zebra9" }],
      args: ["--token", "abcdEFGH12345678ijkl"],
      headers: { Authorization: "Bearer abcd1234efgh5678" },
    }),
  ).text;
  assert.deepEqual(JSON.parse(cleaned), {
    password: "[redacted:password]",
    env: [{ name: "DB_PASSWORD", value: "[redacted:password]" }],
    args: ["--token", "[redacted:token]"],
    headers: { Authorization: "Bearer [redacted:authorization]" },
  });
});

test("all that is no secret stays, byte for byte", () => {
  const secret = KINDS["GitHub token"](maker(1));
  const around = [
    '{"n":1e400, "z":0.10,"a": -0, "a":"\\u0000\\ud800\\/é\u2028",\t"deep":[[[{}]]], "p":"x \\u0020',
    '\\ud83d\\ude00\\/y"}\r\n',
  ];
  assert.equal(redactJson(around.join(secret)).text, around.join("[redacted:github_token]"));
  assert.equal(redactJson(around.join("")).text, around.join(""));
});

test("kinds are counted, contents are not kept", () => {
  const m = maker(5);
  const { kinds } = redactJson(
    JSON.stringify({ a: `${KINDS["npm token"](m)} ${KINDS["npm token"](m)}`, b: KINDS.JWT(m) }),
  );
  assert.deepEqual(kinds, { npm_token: 2, jwt: 1 });
});

test("what was redacted once is not redacted again", () => {
  for (const make of [...Object.values(KINDS).map((one) => (m) => ({ text: one(m) })), ...Object.values(PLACED)]) {
    const once = redactText(make(maker(4)).text).text;
    assert.deepEqual(redactText(once), { ...redactText(once), text: once, kinds: {} });
  }
});

test("of innocent code, hashes, ids and base64 at most one in a thousand is touched", () => {
  const all = innocents(maker(11));
  const touched = all.filter((text) => redactText(text).text !== text);
  assert.ok(all.length > 1_000);
  assert.ok(touched.length <= all.length / 1_000, touched.join("\n"));
});

const OPEN = {
  "the place in a list": (m) => `{"nextToken": "${m.alnum(60)}", "next_page_token": "${m.alnum(40)}"}`,
  "the place in another list": (m) => `"pageToken": "CAUQAA${m.url(30)}1"`,
  "the signature of a thought": (m) => `{"type":"thinking","signature":"EqQB${m.base64(200)}=="}`,
  "what protects a form": (m) => `<input type="hidden" name="csrf_token" value="${m.alnum(64)}">`,
  "the signature of a hook": (m) => `signature=sha256=${m.hex(64)}`,
  "a width": () => "pw: 1200px",
  "the name of a secret": () => "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-a1B2c3",
  "a signed request": (m) =>
    `Authorization: AWS4-HMAC-SHA256 Credential=AK${"IA"}IOSFODNN7EXAMPLE/20261128/eu-west-1/s3/aws4_request, ` +
    `SignedHeaders=host;x-amz-date, Signature=${m.hex(64)}`,
  "the name of a variable": () => "vercel env add DB_PASSWORD production",
  "a field of a page": () => '<label>Password</label> <input name="password"><p>Password:</p><p>required</p>',
  "a frame without a secret": () =>
    "│ password │ varchar(255) │\n├──────────┼──────────────┤\n│ token    │ text         │",
  "words of other languages": () => "Das Passwort ist leer. пароль: обязательно. 密码：必填. la passe : utf8",
  "a label in other languages": () => "password: Пароль\n  password: Contraseña\npassword: müde\n",
  "a folder of Windows": () => "net use Z: \\\\srv\\share /persistent:yes\nzip C:\\new\\a.zip -r x",
  "sentences about passwords": () =>
    "The password is hashed. My password is base64, the token is sha256 and the key is id2. " +
    "Password for alice: unchanged. | password | varchar(255) | required |",
};

for (const [name, make] of Object.entries(OPEN))
  test(`it leaves ${name} alone`, () => {
    for (const seed of SEEDS) {
      const text = make(maker(seed));
      const asJson = JSON.stringify({ stdout: text });
      assert.deepEqual([redactText(text).text, redactJson(asJson).text], [text, asJson]);
      if (text[0] === "{") assert.equal(redactJson(text).text, text);
    }
  });

test("the programs of this project keep their lines", () => {
  const { lines, touched } = require("../../testing/secrets/innocents.js").own(redactText);
  assert.ok(lines > 5_000);
  assert.ok(touched.length <= lines / 1_000, touched.join("\n"));
});

const PATHOLOGICAL = {
  "a letter": "a",
  "backslashes": "\\",
  "quotes": '\\"',
  "starts of JWTs": "eyJ-",
  "dots of JWTs": "eyJhbGciOi.eyJ",
  "starts of keys": "-----BEGIN RSA PRIVATE KEY-----\n",
  "dashes": "-",
  "colons": ":",
  "assignments": "password=",
  "quoted assignments": 'password=\\"',
  "URLs": "https://a:",
  "at signs": "http://a:b@",
  "bearers": "Bearer ",
  "entities": "&quot;",
  "ampersands": "&",
  "colors": "\u001b[32ma",
  "colors without end": "\u001b]8;;",
  "base64 of text": "QUJDREVGQUJDREVGQUJDREVG/",
  "base64 in base64": Buffer.from("QUJDREVG".repeat(2_000)).toString("base64"),
  "broken lines": `${"a1".repeat(30)}\n`,
  "lines broken by backslashes": `${"a1".repeat(40)}\\\n`,
  "tables": "| password |\n|---|\n",
  "rows": "| password | a1B2c3 |\n",
  "rules": "---|---\n",
  "pipes": "|",
  "echoes": "echo a|",
  "commands": "mysql -p ",
  "words of commands": "docker login -p ",
  "lists of commands": 'mysql", "',
  "keys of keys": '"d":"kty',
  "commas": '"password","',
  "symbols": ':password, "',
  "cells of a page": "<td>password</td>",
  "labels of a page": "password:<b>",
  "paths of Windows": "net use \\\\a\\b ",
  "frames": "│password│\n├──┤\n",
  "words of other languages": "пароль：",
  "letters of other languages": "password=ü",
  "typographic quotes": "password='a’“",
  "comparisons": "'aaaaaaa' == ",
  "nouns": "password is ",
  "nouns with much behind": "password for a b c ",
  "cookies": "Cookie: a=",
  "cookies in cookies": "cookie=",
  "lines of .pgpass": "h:*:a:b:",
  "DSNs": "a:b@tcp(",
  "at and host": "@a:1",
  "secrets of Azure": "aaa8Q~",
  "brackets": 'password("',
  "sk": "sk-",
  "hex": "0a1b2c3d-",
  "tags": "<private>",
  "escapes": "\\u0061",
  "digits": "12345678:AA",
  "curl": "curl -u ",
  "names": "secret_",
  "options": "--password ",
  "base64": "QUJDREVG",
};

for (const [name, piece] of Object.entries(PATHOLOGICAL))
  test(`twice as much of ${name} is twice the work, and no more`, () => {
    const cost = (size) => {
      const text = piece.repeat(Math.ceil(size / piece.length));
      return {
        json: redactJson(JSON.stringify({ text })).steps,
        text: redactText(text).steps,
        key: redactJson(JSON.stringify({ password: text })).steps,
      };
    };
    const costs = [1, 2, 4, 8].map((times) => cost(times * 5_000));
    for (const [index, large] of costs.entries())
      for (const form of Object.keys(large)) {
        if (index)
          assert.ok(
            large[form] <= costs[index - 1][form] * 2.1 + 2_000,
            `${form}: ${costs[index - 1][form]} steps, then ${large[form]}`,
          );
        assert.ok(large[form] <= 40_000 * 1_500, `${form}: ${large[form]} steps`);
      }
  });

test("sixteen megabytes are read in steps of their own number", () => {
  const line =
    "const answer = { id: 42, name: 'memfog', url: 'https://example.org/path?x=1' }; // a comment: nothing secret\n";
  const text = JSON.stringify({ content: line.repeat(Math.floor((16 * 1024 * 1024) / (line.length + 1))) });
  assert.ok(redactJson(text).steps < 40 * text.length);
});
