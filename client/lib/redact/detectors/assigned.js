"use strict";
const { CLASS, has } = require("../classes.js");
const { isKeyPart, kindOfName, kindOfParameter, LOCAL_PASSWORDS } = require("../names.js");
const { newRunId } = require("../reader.js");
const { isSecret } = require("../value-rules.js");

const MAX_NAME_CHARS = 64;
const LOCAL_NAME = new RegExp(`[\\w.-]*(?:${LOCAL_PASSWORDS})$`, "i");
const TAGS = /^(?:<\/?(?:t[dh]|d[td]|b|em|strong|label|span|code|kbd|samp|p|br)\b[^<>]{0,80}>\s{0,20}){1,4}/;
const MAX_TESTED_CHARS = 512;
const MAX_TAGS_CHARS = 200;
const BARE = newRunId();
const WIDE = newRunId();
const CREDENTIAL = newRunId();
const BEFORE = tableOf(" \t\"'`]\\?:=)*");
const AFTER = tableOf(" \t>=:*");
const QUOTES = tableOf("\"'`");
const CELL = tableOf(" \t`*");
const STOPS = tableOf(" \t\r\n\f\v\0\"'`,;&<>|()[]{}\\");
const bare = Uint8Array.from({ length: 128 }, (_, code) => 1 - STOPS[code]);
// The letters of Latin, Greek and Cyrillic; other scripts are written without spaces between words.
const wide = Uint8Array.from({ length: 0x530 }, (_, code) => bare[code] ?? Number(code > 0xbf && code !== 0xd7));
const DASH = 45;
const DOT = 46;
const HAS_WIDE = new Set(["password", "secret"]);
const SCHEME = /^(?:bearer|basic|token|apikey|api-key|key|bot|digest|negotiate|ssws|geniekey)[ \t]+/i;

function tableOf(letters) {
  return Uint8Array.from({ length: 128 }, (_, code) => Number(letters.includes(String.fromCharCode(code))));
}

/** The secret with a name around the sign at `at`, as {kind, start, end}, or null. */
function findAssignedAt(reader, at) {
  return BETWEEN[reader.text[at]](reader, at);
}

const BETWEEN = {
  ":": findAfterNameAt,
  "=": findComparedAt,
  ">": findInElementAt,
  ",": findInListAt,
  "(": findInListAt,
  "|": findInCellAt,
};

/** `name = value`, `name: value`. */
function findAfterNameAt(reader, at) {
  const { text } = reader;
  if (text[at] === ":" && text[at + 1] === "/") return null;
  const { name, from } = readNameBefore(reader, at);
  const kind = kindOf(reader, { name, from, at });
  if (!kind) return null;
  const start = skip(reader, at + 1, AFTER, 4);
  const tags = text[start] === "<" ? (TAGS.exec(reader.slice(start, start + MAX_TAGS_CHARS))?.[0].length ?? 0) : 0;
  if (tags) return readValueAt(reader, kind, start + tags, "spoken");
  return readValueAt(reader, kind, skipLineBreak(text, start), styleOf(reader, { name, from, at, start }));
}

function readNameBefore(reader, at) {
  let last = at;
  while (last > 0 && at - last < 8 && has(BEFORE, reader.codes[last - 1])) last -= 1;
  const name = nameBefore(reader, last);
  return { name, last, from: last - name.length };
}

/**
 * The kind of secret that the name promises in its context: in a URL, after another word, in the name of a resource.
 */
function kindOf(reader, { name, from, at }) {
  const { text } = reader;
  if (name.length < 2) return isKeyPart(name) && isInKey(reader, at) ? "key_part" : null;
  if (/^value$/i.test(name)) return kindOfName(findNearbyName(reader, from));
  if (/^(?:key|phrase|passe)s?$/i.test(name) && !/[?&]/.test(text[from - 1] ?? ""))
    return kindOfName(`${readWordBefore(text, from)}_${name}`);
  if (text[from - 1] === ":" && text.startsWith("[redacted:", from - 10)) return null;
  if (text[from - 1] === ":" && /\barn:[\w:-]*:$/.test(reader.slice(from - 80, from))) return null;
  if (isKeyPart(name) && isInKey(reader, at)) return "key_part";
  return text[at] === "=" && /[?&;]/.test(text[from - 1] ?? "") ? kindOfParameter(name) : kindOfName(name);
}

const readWordBefore = (text, from) =>
  /([A-Za-z]{2,32})[ \t]$/.exec(text.slice(Math.max(from - 34, 0), from))?.[1] ?? "";

/** Whether a JSON Web Key is nearby. */
const isInKey = (reader, at) =>
  /^[:=][ "']{0,3}[\w-]{20}/.test(reader.text.slice(at, at + 28)) &&
  /["']?kty["']?[ ]?[:=]/.test(reader.slice(at - 1_500, at + 2_500));

/** `"value" == name`, and assignments. */
function findComparedAt(reader, at) {
  const { text } = reader;
  const isComparison = (text[at + 1] === "=" || text[at - 1] === "!") && /["'] ?!?$/.test(text.slice(at - 3, at));
  return (isComparison ? findBeforeComparison(reader, at) : null) ?? findAfterNameAt(reader, at);
}

function findBeforeComparison(reader, at) {
  const [, , value, rest] = /(["'])([^"'\n]{6,128})\1( ?!?)$/.exec(reader.slice(at - 136, at)) ?? [];
  const name = /^={1,3} ?([\w.$ñ-]{2,64})/.exec(reader.slice(at, at + 72))?.[1];
  const kind = value && name ? kindOfName(name) : null;
  const end = at - (rest?.length ?? 0) - 1;
  return kind && isSecret(kind, value, "comma") ? { kind, start: end - value.length, end } : null;
}

/** `<name>value</name>`. */
function findInElementAt(reader, at) {
  const name = nameBefore(reader, at);
  const kind = reader.text[at - name.length - 1] === "<" ? kindOfName(name) : null;
  return kind ? readValueAt(reader, kind, at + 1, "env") : null;
}

/** `("name", "value")`, `(:name, "value")`, `setName("value")`. */
function findInListAt(reader, at) {
  const { text } = reader;
  const isCall = text[at] === "(";
  const isQuoted = has(QUOTES, text.charCodeAt(at - 1));
  if (isCall ? !has(CLASS.name, text.charCodeAt(at - 1)) : !isQuoted && !isSymbol(reader, at)) return null;
  const start = isCall ? at + 1 : skip(reader, at + 1, AFTER, 4);
  if (!has(QUOTES, text.charCodeAt(start))) return null;
  const name = nameBefore(reader, isCall || !isQuoted ? at : at - 1);
  const kind = /^(?:is|has|get|find|check|verify|validate|test)[A-Z_]/.test(name) ? null : kindOfName(name);
  return kind ? readValueAt(reader, kind, start, "comma") : null;
}

/** A symbol of Ruby or Elixir: `:name`. */
function isSymbol({ text }, at) {
  let from = at;
  while (from > 0 && at - from < MAX_NAME_CHARS && has(CLASS.name, text.charCodeAt(from - 1))) from -= 1;
  return at - from > 2 && text[from - 1] === ":";
}

/** `| name | value |`. */
function findInCellAt(reader, at) {
  const { text } = reader;
  if (!has(CELL, text.charCodeAt(at - 1)) || !has(CELL, text.charCodeAt(at + 1))) return null;
  let last = at;
  while (last > 0 && at - last < 40 && has(CELL, text.charCodeAt(last - 1))) last -= 1;
  const name = nameBefore(reader, last);
  const kind = /^(?:key|phrase)$/i.test(name)
    ? kindOfName(`${readWordBefore(text, last - name.length)}_${name}`)
    : kindOfName(name);
  return kind ? readValueAt(reader, kind, skip(reader, at + 1, CELL, 40), "spoken") : null;
}

/** A quoted value may stand on the next line. */
function skipLineBreak(text, at) {
  const gap =
    text[at] === "\n" || text[at] === "\r" ? /^\r?\n[ \t]{0,40}(?=["'])/.exec(text.slice(at, at + 44))?.[0] : null;
  return at + (gap?.length ?? 0);
}

/** The secret after an option (`--password hunter2`, `-Password hunter2`) whose dashes start at `at`. */
function findOptionAt(reader, at) {
  const { text } = reader;
  const from = text[at + 1] === "-" ? at + 2 : at + 1;
  if (!has(CLASS.alnum, text.charCodeAt(from)) || (from === at + 1 && !/[\s"']/.test(text[at - 1] ?? " "))) return null;
  let end = from;
  while (end - at < MAX_NAME_CHARS && has(CLASS.url, text.charCodeAt(end))) end += 1;
  reader.steps += end - at;
  const kind = text[end] === " " && end - from > 2 ? kindOfName(text.slice(from, end)) : null;
  return kind && readValueAt(reader, kind, skipContinuation(text, skip(reader, end, AFTER, 4)), "option");
}

/** A backslash at the end of a line joins it to the next. */
const skipContinuation = (text, at) =>
  at + (text[at] === "\\" ? (/^\\\r?\n[ \t]{0,40}/.exec(text.slice(at, at + 44))?.[0].length ?? 0) : 0);

function nameBefore(reader, end) {
  const { codes } = reader;
  let start = end;
  while (start > 0 && end - start < MAX_NAME_CHARS && has(CLASS.name, codes[start - 1])) start -= 1;
  if (start > 0 && codes[start - 1] > 127)
    return LOCAL_NAME.exec(reader.slice(end - 32, end))?.[0] ?? asciiName(reader, start, end);
  return asciiName(reader, start, end);
}

function asciiName(reader, start, end) {
  const { codes } = reader;
  let from = start;
  while (from < end && (codes[from] === DASH || codes[from] === DOT)) from += 1;
  return reader.slice(from, end);
}

/** The name for `value: …` stands in the line before it, or in an attribute. */
const findNearbyName = (reader, at) =>
  /(?:name|key)["']?[ \t]{0,4}[:=][ \t]{0,4}["']?([\w.-]{1,64})["']?[\s,]{1,40}["']?$/i.exec(
    reader.slice(at - 160, at),
  )?.[1] ?? "";

function skip(reader, at, table, max) {
  let end = at;
  while (end - at < max && has(table, reader.text.charCodeAt(end))) end += 1;
  reader.steps += end - at + 1;
  return end;
}

function styleOf({ text }, { name, from, at, start }) {
  const isTight = text[at] === "=" && start === at + 1;
  if (
    isTight &&
    (name === name.toUpperCase() || text.slice(from - 2, from) === "--" || /[?&;=]$/.test(text.slice(from - 1, from)))
  )
    return "env";
  const isFirst = /(?:^|[\n\r]|\\n)[ \t-]*["']?$/.test(text.slice(Math.max(from - 32, 0), from));
  return isFirst && (isTight || text[at] === ":") ? "line" : "code";
}

function readValueAt(reader, kind, start, style) {
  const { text } = reader;
  const opening = /^(?:[bBrRuUfF@$]{0,2})(\\{0,7})(["'`])/.exec(text.slice(start, start + 10));
  if (opening) return readQuotedAt(reader, kind, start + opening[0].length, opening, QUOTED_STYLES[style] ?? "quoted");
  if (style === "comma" || /^AWS4-HMAC/.test(text.slice(start, start + 9))) return null;
  if (kind !== "authorization") return readBareAt(reader, kind, start, style);
  const from = start + (SCHEME.exec(text.slice(start, start + 16))?.[0].length ?? 0);
  return checkBare(reader, kind, { from, end: reader.runEnd(CREDENTIAL, CLASS.token, from), style });
}

/** Up to a blank or sign; a password may have letters of other languages. */
function readBareAt(reader, kind, from, style) {
  const end = findBareEnd(reader, from, style, [BARE, bare]);
  const wideEnd = HAS_WIDE.has(kind) ? findBareEnd(reader, from, style, [WIDE, wide]) : end;
  const whole = wideEnd > end ? checkBare(reader, kind, { from, end: wideEnd, style }) : null;
  return whole ?? checkBare(reader, kind, { from, end, style });
}

function checkBare(reader, kind, { from, end, style }) {
  const { text } = reader;
  const isCall = "([{".includes(text[end] || " ") && style !== "env";
  if (
    isCall ||
    !isSecret(kind, reader.slice(from, Math.min(end, from + MAX_TESTED_CHARS)), lineStyle(text, end, style))
  )
    return null;
  return { kind, start: from, end };
}

function findBareEnd(reader, from, style, [runId, letters]) {
  const end = reader.runEnd(runId, letters, from);
  return style === "env" ? end : end - Number(/[.:]/.test(reader.text[end - 1] ?? "") && end - 1 > from);
}

/** A value alone on its line must also reach the line's end. */
const lineStyle = (text, end, style) =>
  style === "line" && !/^(?:[ \t]*(?:#.*)?(?:[\r\n"'\\]|$))/.test(text.slice(end, end + 3)) ? "code" : style;

const QUOTED_STYLES = { env: "shell", comma: "comma", spoken: "spoken" };

function readQuotedAt(reader, kind, from, [, backslashes, quote], style) {
  const { text } = reader;
  let end = from;
  while (end < text.length && !(text[end] === quote && isClosing(text, end, backslashes.length)) && text[end] !== "\n")
    end += 1;
  reader.steps += end - from + 1;
  if (text[end] !== quote) return null;
  const close = end - backslashes.length;
  const inner = kind === "authorization" ? from + (SCHEME.exec(text.slice(from, from + 16))?.[0].length ?? 0) : from;
  if (
    !isSecret(kind, reader.slice(inner, Math.min(close, inner + MAX_TESTED_CHARS)), style) ||
    /^AWS4-HMAC/.test(text.slice(inner, inner + 9))
  )
    return null;
  return { kind, start: inner, end: close };
}

function isClosing(text, at, wanted) {
  let backslashes = 0;
  while (backslashes <= 8 && text[at - 1 - backslashes] === "\\") backslashes += 1;
  return wanted > 0 ? backslashes === wanted : backslashes % 2 === 0;
}

module.exports = { findAssignedAt, findOptionAt };
