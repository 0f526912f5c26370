"use strict";
// Properties that hold for any settings file: any layout, any foreign hooks, a plain file or a link.
const assert = require("node:assert/strict");
const fc = require("fast-check");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { table } = require("../../lib/hooks.js");
const { addHooks, removeHooks } = require("../../lib/settings/settings-file.js");
const { findOwnEntries } = require("../../lib/settings/settings-text.js");
const { UserError } = require("../../lib/user-error.js");
const { newFolder } = require("../../testing/memory.js");

const RUNS = { numRuns: 150 };
const WANTED = table.map(({ hook, event }) => ({
  event,
  group: {
    hooks: [
      { type: "command", command: "/bin/sh", args: ["-c", "x", "/h/memfog-hook.sh", hook], timeout: 10, _memfog: 1 },
    ],
  },
}));
const OTHERS = WANTED.map(
  ({
    event,
    group: {
      hooks: [handler],
    },
  }) => ({ event, group: { hooks: [{ ...handler, command: "/bin/dash" }] } }),
);

const word = fc.oneof(
  fc.string({ maxLength: 12, unit: "grapheme" }),
  fc.constantFrom("memfog", "Stop", "\\", '"', "\u2028", "é\n", "__proto__"),
);
const handler = fc.record({ type: fc.constant("command"), command: word.map((text) => `mine ${text}`) });
const group = fc.record({ matcher: word, hooks: fc.array(handler, { maxLength: 3 }) }, { requiredKeys: ["hooks"] });
const hooks = fc.dictionary(
  fc.oneof(
    fc.constantFrom(...table.map(({ event }) => event), "Setup", "Custom"),
    word.filter((key) => key !== "__proto__"),
  ),
  fc.array(group, { maxLength: 3 }),
  { maxKeys: 6, noNullPrototype: true },
);
const key = word.filter((text) => text !== "hooks" && text !== "__proto__");
const settings = fc
  .tuple(
    fc.dictionary(key, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5, noNullPrototype: true }),
    fc.option(hooks),
    fc.boolean(),
  )
  .map(([others, own, isFirst]) =>
    own === null ? others : isFirst ? { hooks: own, ...others } : { ...others, hooks: own },
  );

/** JSON text with the white space of `gaps` between its tokens. */
function written(value, gaps) {
  let used = 0;
  const gap = () => (gaps.length ? gaps[used++ % gaps.length] : "");
  const write = (one) => {
    if (Array.isArray(one)) return `[${gap()}${one.map((item) => write(item) + gap()).join(`,${gap()}`)}]`;
    if (one === null || typeof one !== "object") return JSON.stringify(one);
    return `{${gap()}${Object.entries(one)
      .map(([name, item]) => `${JSON.stringify(name)}${gap()}:${gap()}${write(item)}${gap()}`)
      .join(`,${gap()}`)}}`;
  };
  return gap() + write(value) + gap();
}

const layout = fc.oneof(
  fc.constantFrom(2, 4, "\t", 0).map((indent) => (value) => JSON.stringify(value, null, indent)),
  fc.constant((value) => `${JSON.stringify(value, null, 2)}\n`),
  fc.constant((value) => JSON.stringify(value, null, 2).replaceAll("\n", "\r\n")),
  fc.constant((value) => `\ufeff${JSON.stringify(value, null, 2)}`),
  fc
    .array(fc.constantFrom("", " ", "\n", "\t", "\r\n", "  \n ", "\n\n\t"), { maxLength: 7 })
    .map((gaps) => (value) => written(value, gaps)),
);
const file = fc.tuple(settings, layout).map(([value, write]) => ({ value, text: write(value) }));

/** Runs `body` with a settings file of this text, directly or behind a symbolic link. */
function withFile(text, isLink, body) {
  const folder = newFolder("memfog-merge-");
  try {
    const real = path.join(folder, "real.json");
    const name = path.join(folder, isLink ? "settings.json" : "real.json");
    fs.writeFileSync(real, text);
    if (isLink) fs.symlinkSync("real.json", name);
    return body({ name, undo: path.join(folder, "undo"), folder, read: () => fs.readFileSync(real, "utf8") });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const parsed = (text) => JSON.parse(text.replace(/^\ufeff/, ""));
const isOurs = (one) => "_memfog" in one;
const foreign = (value) =>
  Object.entries(value.hooks ?? {})
    .map(([event, groups]) => [event, groups.filter((one) => !one.hooks.some(isOurs))])
    .filter(([, groups]) => groups.length);

test("connecting twice is connecting once, and each entry is there once", () =>
  fc.assert(
    fc.property(file, fc.boolean(), ({ text }, isLink) =>
      withFile(text, isLink, ({ name, undo, read }) => {
        addHooks(name, WANTED, undo);
        const once = read();
        assert.deepEqual(addHooks(name, WANTED, undo), { changed: false, backup: null });
        assert.equal(read(), once);
        assert.equal(findOwnEntries(once.replace(/^\ufeff/, "")).length, table.length);
      }),
    ),
    RUNS,
  ));

test("connecting and disconnecting leaves every byte as it was, and no other file", () =>
  fc.assert(
    fc.property(file, fc.boolean(), ({ text }, isLink) =>
      withFile(text, isLink, ({ name, undo, folder, read }) => {
        addHooks(name, WANTED, undo);
        assert.equal(removeHooks(name, undo), true);
        assert.equal(read(), text);
        assert.deepEqual(
          fs.readdirSync(folder).sort(),
          isLink ? ["real.json", "settings.json", "undo"] : ["real.json", "undo"],
        );
        assert.equal(removeHooks(name, undo), false);
      }),
    ),
    RUNS,
  ));

test("foreign keys and hooks keep their values and their order", () =>
  fc.assert(
    fc.property(file, ({ value, text }) =>
      withFile(text, false, ({ name, undo, read }) => {
        addHooks(name, WANTED, undo);
        const after = parsed(read());
        const before = parsed(text);
        assert.deepEqual(foreign(after), foreign(before));
        assert.deepEqual(
          Object.keys(after).filter((one) => one in before),
          Object.keys(before),
        );
        for (const one of Object.keys(before)) if (one !== "hooks") assert.deepEqual(after[one], before[one]);
        assert.deepEqual(Object.keys(value).length, Object.keys(before).length);
      }),
    ),
    RUNS,
  ));

test("an upgrade replaces what an earlier version put there, wherever it stands", () =>
  fc.assert(
    fc.property(file, ({ text }) =>
      withFile(text, false, ({ name, undo, read }) => {
        addHooks(name, OTHERS, undo);
        addHooks(name, WANTED, undo);
        assert.equal(read().includes("/bin/dash"), false);
        assert.equal(findOwnEntries(read().replace(/^\ufeff/, "")).length, table.length);
        removeHooks(name, undo);
        assert.equal(read(), text);
      }),
    ),
    RUNS,
  ));

test("when the host has rewritten the file, disconnecting still takes out ours and nothing else", () =>
  fc.assert(
    fc.property(file, fc.constantFrom(2, 4, "\t", 0), ({ text }, indent) =>
      withFile(text, false, ({ name, undo, read }) => {
        addHooks(name, WANTED, undo);
        fs.writeFileSync(name, JSON.stringify({ ...parsed(read()), added: 1 }, null, indent));
        removeHooks(name, undo);
        const { added, ...left } = parsed(read());
        assert.equal(added, 1);
        const { hooks: before, ...others } = parsed(text);
        const { hooks: after, ...stored } = left;
        assert.deepEqual(stored, others);
        assert.deepEqual(foreign({ hooks: after }), foreign({ hooks: before }));
      }),
    ),
    RUNS,
  ));

const SPOILED = {
  "a comment": (text, at) => `${text.slice(0, at)}// no\n${text.slice(at)}`,
  "a cut": (text, at) => text.trimEnd().slice(0, Math.max(Math.min(at, text.trimEnd().length - 1), 1)),
  "something behind it": (text) => `${text} x`,
  "a second value": (text) => `${text} {}`,
  "a comma behind it": (text) => `${text},`,
};

for (const [name, spoil] of Object.entries(SPOILED))
  test(`what JSON does not allow is refused, and left as it is: ${name}`, () =>
    fc.assert(
      fc.property(file, fc.nat(400), ({ text }, at) => {
        // A cut inside a surrogate pair gives text that a file cannot hold.
        const bad = spoil(text, at % (text.length + 1)).toWellFormed();
        fc.pre(!isJson(bad));
        withFile(bad, false, ({ name: settingsFile, undo, folder, read }) => {
          assert.throws(() => addHooks(settingsFile, WANTED, undo), UserError);
          assert.equal(read(), bad);
          assert.deepEqual(fs.readdirSync(folder), ["real.json"]);
        });
      }),
      RUNS,
    ));

function isJson(text) {
  try {
    parsed(text.trim() === "" || text === "\ufeff" ? "{}" : text);
    return true;
  } catch {
    return false;
  }
}

test("a read-only file is refused, and left as it is", () =>
  fc.assert(
    fc.property(file, ({ text }) =>
      withFile(text, false, ({ name, undo, read }) => {
        fs.chmodSync(name, 0o444);
        assert.throws(() => addHooks(name, WANTED, undo), /read-only/);
        assert.equal(read(), text);
      }),
    ),
    { numRuns: 30 },
  ));
