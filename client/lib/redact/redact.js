"use strict";
const { isMade, printsSecret } = require("./commands.js");
const { findInLayers, merged, placedIn, unescaped } = require("./escapes.js");
const { isKeyPart, kindOfName } = require("./names.js");
const { ownIn } = require("./own.js");
const { leavesKeyOpen, lineOfKey } = require("./private-key.js");
const { stringsIn } = require("./strings.js");
const { taggedIn } = require("./tags.js");
const { isSecret } = require("./value-rules.js");

// A JSON Web Key names its private parts with single letters.
const WEB_KEY = /"kty"\s{0,4}:/;
// How it was known is nothing to tell.
const KINDS_TOLD = { named: "secret", key_part: "private_key" };
const SCHEME = /^(?:bearer|basic|token|apikey|bot)\s+/i;

const besides = (text, toTheEnd = false) => [...taggedIn(text, { toTheEnd }), ...ownIn(text)];

/**
 * JSON text without secrets, as {text, kinds, steps}: each is `[redacted:kind]`, `kinds` counts them, and all that is
 * none stays the text it was, byte for byte. JSON stays JSON. `steps` is the work done, which grows as the text does.
 */
function redactJson(text) {
  const kinds = {};
  const parts = [];
  const memory = { isKeyOpen: false, last: "", name: "", isWebKey: WEB_KEY.test(text), isPrinted: false };
  let done = 0;
  let steps = text.length;
  for (const { start, end, key } of stringsIn(text)) {
    const raw = text.slice(start + 1, end - 1);
    const { found, cost } = findInString(raw, key, memory);
    steps += cost;
    if (found.length === 0) continue;
    parts.push(text.slice(done, start + 1), replaced(raw, found, kinds));
    done = end - 1;
  }
  return { text: parts.join("") + text.slice(done), kinds, steps };
}

/** The same for a text that is no JSON. */
function redactText(text) {
  const kinds = {};
  const { found, steps } = findInLayers(text, (one) => besides(one));
  return { text: replaced(text, found, kinds), kinds, steps };
}

function findInString(raw, key, memory) {
  const plain = raw.includes("\\") ? unescaped(raw) : raw;
  const { found, steps } = findInLayers(plain, (text) => besides(text, key === "prompt"));
  const whole = wholeOf(plain, key, memory);
  remember(plain, key, memory);
  const all = whole ? merged([whole, ...found]) : found;
  return { found: plain === raw ? all : placedIn(raw, all), cost: steps + raw.length };
}

/**
 * The whole string, when its key says that it is a secret, or when it is a line of a key that an earlier string began.
 */
function wholeOf(plain, key, memory) {
  if (memory.isKeyOpen && key === null && lineOfKey(plain) && plain.trim() !== "")
    return { kind: "private_key", start: 0, end: plain.length };
  if (memory.isPrinted && key === "stdout") return printed(plain);
  if (memory.isWebKey && key !== null && isKeyPart(key) && isSecret("key_part", plain, "quoted"))
    return { kind: "private_key", start: 0, end: plain.length };
  const kind = kindOfName(nameFor(key, memory));
  if (!kind || /^AWS4-HMAC/.test(plain)) return null;
  const start = kind === "authorization" ? (SCHEME.exec(plain)?.[0].length ?? 0) : 0;
  return isSecret(kind, plain.slice(start), "quoted") ? { kind, start, end: plain.length } : null;
}

/** The one word that a command printed which prints a secret. */
function printed(plain) {
  const word = plain.trim();
  if (word.length < 8 || word.length > 4_096 || /\s/.test(word) || !isMade(word)) return null;
  const start = plain.indexOf(word);
  return { kind: "secret", start, end: start + word.length };
}

/**
 * What names a value: its key; `value` is named by the `name` before it, and a word of a command line by its option.
 */
function nameFor(key, { name, last }) {
  if (key === "value" || key === "Value") return name;
  if (key === null && /^--?[a-zA-Z]/.test(last)) return last.replace(/^-+/, "").slice(0, 64);
  return (key ?? "").slice(-64);
}

function remember(plain, key, memory) {
  if (key === "command") memory.isPrinted = plain.length <= 4_096 && printsSecret(plain);
  memory.last = key === null ? plain.slice(0, 65) : "";
  if (key === "name" || key === "key" || key === "Name" || key === "Key") memory.name = plain.slice(0, 64);
  if (memory.isKeyOpen) memory.isKeyOpen = lineOfKey(plain) === "body";
  if (leavesKeyOpen(plain)) memory.isKeyOpen = true;
}

function replaced(text, found, kinds) {
  let result = "";
  let done = 0;
  for (const { kind: told, start, end } of found) {
    const kind = KINDS_TOLD[told] ?? told;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    result += `${text.slice(done, start)}[redacted:${kind}]`;
    done = end;
  }
  return result + text.slice(done);
}

module.exports = { redactJson, redactText };
