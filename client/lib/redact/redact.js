"use strict";
const { looksGenerated, printsSecret } = require("./detectors/command-secrets.js");
const { leavesKeyOpen, classifyKeyLine } = require("./detectors/private-key.js");
const { findInAllEncodings, mergeOverlaps, mapToEscaped, unescapeText } = require("./escapes.js");
const { isKeyPart, kindOfName } = require("./names.js");
const { listStrings } = require("./strings.js");
const { findTagged } = require("./tags.js");
const { findUserPatterns, getUserPatterns } = require("./user-patterns.js");
const { isSecret } = require("./value-rules.js");

// A JSON Web Key names its private parts with single letters.
const WEB_KEY = /"kty"\s{0,4}:/;
// How a secret was detected is not reported.
const REPORTED_KINDS = { named: "secret", key_part: "private_key" };
const SCHEME = /^(?:bearer|basic|token|apikey|bot)\s+/i;

const findExtra = (text, toTheEnd = false) => [...findTagged(text, { toTheEnd }), ...findUserPatterns(text)];

/**
 * JSON text without secrets, as {text, kinds, steps}: each becomes `[redacted:kind]`, `kinds` counts them, and
 * everything else is unchanged, byte for byte. JSON stays JSON. `steps` is the work done, which grows linearly with the
 * text.
 */
function redactJson(text) {
  const kinds = {};
  const parts = [];
  const context = { isKeyOpen: false, last: "", name: "", isWebKey: WEB_KEY.test(text), isPrinted: false };
  let copiedUpTo = 0;
  let steps = text.length;
  for (const { start, end, key } of listStrings(text)) {
    const raw = text.slice(start + 1, end - 1);
    const { found, cost } = findInString(raw, key, context);
    steps += cost;
    if (found.length === 0) continue;
    parts.push(text.slice(copiedUpTo, start + 1), replaceSecrets(raw, found, kinds));
    copiedUpTo = end - 1;
  }
  return { text: parts.join("") + text.slice(copiedUpTo), kinds, steps };
}

/** Like `redactJson`, for text that is no JSON. */
function redactText(text) {
  const kinds = {};
  const { found, steps } = findInAllEncodings(text, (one) => findExtra(one));
  if (found.length === 0) noteClean(text);
  return { text: replaceSecrets(text, found, kinds), kinds, steps };
}

/** Like the text of `redactText`, for names and paths, of which most events have the same. */
const redactName = (name) => (isKnownClean(name) ? name : redactText(name).text);

// Short texts without secrets: keys, names and paths repeat in each event.
const clean = { patterns: null, texts: new Set() };
const MAX_CLEAN_TEXTS = 10_000;
const MAX_CLEAN_CHARS = 200;

const isKnownClean = (text) => clean.patterns === getUserPatterns() && clean.texts.has(text);

/** Remembers a text without secrets; other patterns of the user may find one in it. */
function noteClean(text) {
  if (text.length > MAX_CLEAN_CHARS) return;
  const patterns = getUserPatterns();
  if (clean.patterns !== patterns || clean.texts.size >= MAX_CLEAN_TEXTS)
    Object.assign(clean, { patterns, texts: new Set() });
  // A part of a text keeps all of that text in memory; this one keeps itself.
  clean.texts.add(` ${text}`.slice(1));
}

function findInString(raw, key, context) {
  const plain = raw.includes("\\") ? unescapeText(raw) : raw;
  const { found, steps } = findAnywhere(plain, key === "prompt");
  const whole = findWholeString(plain, key, context);
  updateContext(plain, key, context);
  const all = whole ? mergeOverlaps([whole, ...found]) : found;
  return { found: plain === raw ? all : mapToEscaped(raw, all), cost: steps + raw.length };
}

function findAnywhere(text, toTheEnd) {
  if (!toTheEnd && text.length <= MAX_CLEAN_CHARS && isKnownClean(text)) return NOTHING;
  const result = findInAllEncodings(text, (one) => findExtra(one, toTheEnd));
  if (!toTheEnd && result.found.length === 0) noteClean(text);
  return result;
}

const NOTHING = { found: [], steps: 0 };

/** The whole string as a secret, if its key names one, or if it is a line of a key that an earlier string began. */
function findWholeString(plain, key, context) {
  if (context.isKeyOpen && key === null && classifyKeyLine(plain) && plain.trim() !== "")
    return { kind: "private_key", start: 0, end: plain.length };
  if (context.isPrinted && key === "stdout") return findPrinted(plain);
  if (context.isWebKey && key !== null && isKeyPart(key) && isSecret("key_part", plain, "quoted"))
    return { kind: "private_key", start: 0, end: plain.length };
  const kind = kindOfName(nameOfValue(key, context));
  if (!kind || /^AWS4-HMAC/.test(plain)) return null;
  const start = kind === "authorization" ? (SCHEME.exec(plain)?.[0].length ?? 0) : 0;
  return isSecret(kind, plain.slice(start), "quoted") ? { kind, start, end: plain.length } : null;
}

/** The single word that a command printed which prints a secret. */
function findPrinted(plain) {
  const word = plain.trim();
  if (word.length < 8 || word.length > 4_096 || /\s/.test(word) || !looksGenerated(word)) return null;
  const start = plain.indexOf(word);
  return { kind: "secret", start, end: start + word.length };
}

/** The name of a value: its key; for `value` the `name` before it, for a word of a command line its option. */
function nameOfValue(key, { name, last }) {
  if (key === "value" || key === "Value") return name;
  if (key === null && /^--?[a-zA-Z]/.test(last)) return last.replace(/^-+/, "").slice(0, 64);
  return (key ?? "").slice(-64);
}

function updateContext(plain, key, context) {
  if (key === "command") context.isPrinted = plain.length <= 4_096 && printsSecret(plain);
  context.last = key === null ? plain.slice(0, 65) : "";
  if (key === "name" || key === "key" || key === "Name" || key === "Key") context.name = plain.slice(0, 64);
  if (context.isKeyOpen) context.isKeyOpen = classifyKeyLine(plain) === "body";
  if (leavesKeyOpen(plain)) context.isKeyOpen = true;
}

function replaceSecrets(text, found, kinds) {
  let result = "";
  let copiedUpTo = 0;
  for (const { kind: foundKind, start, end } of found) {
    const kind = REPORTED_KINDS[foundKind] ?? foundKind;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    result += `${text.slice(copiedUpTo, start)}[redacted:${kind}]`;
    copiedUpTo = end;
  }
  return result + text.slice(copiedUpTo);
}

module.exports = { redactJson, redactName, redactText };
