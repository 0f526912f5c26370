"use strict";
const { anyOf } = require("../any-of.js");
const { newRunId } = require("../reader.js");

const BEGIN = newRunId();
const END = { "-----END ": newRunId(), "---- END ": newRunId() };
const LABEL =
  "(?:[A-Z0-9 ]{0,60}PRIVATE KEY(?: BLOCK)?|OpenVPN (?:Static key V1|tls-crypt-v2 (?:client|server) key))-----";
const HEAD = anyOf([
  new RegExp(`^-----BEGIN ${LABEL}`),
  /^---- BEGIN SSH2 [A-Z ]{0,20}PRIVATE KEY ----/,
  /^Private-Lines: \d{1,3}/,
]);
const TAIL = anyOf([new RegExp(`^-----END ${LABEL}`), /^---- END SSH2 [A-Z ]{0,20}PRIVATE KEY ----/]);
const MAX_KEY_CHARS = 64 * 1024;
// Between two lines of a key: escapes, quotes, line numbers, signs of a diff or a quotation.
const BETWEEN = /(?:\\+[nrt"'/]|[\s"'`,+|>:→-]|\d{1,6}[\t:→|-]|#)*/y;
const HEADER_LINE = /(?:Proc-Type|DEK-Info|Comment|Version|Charset|Private-MAC|Subject): [^\n\\"]{0,200}/y;
const BODY_LINE = /(?:[A-Za-z0-9+/]|\\\/){16,}={0,3}|=[A-Za-z0-9+/]{4}(?![A-Za-z0-9])|[A-Za-z0-9+/]{1,80}={1,3}/y;
// A complete line of a key: its body, a header, or an empty line.
const WHOLE_LINE = anyOf([
  /^(?:[A-Za-z0-9+/]{16,80}={0,3}|[A-Za-z0-9+/]{1,80}={1,3}|=[A-Za-z0-9+/]{4})$/,
  /^(?:(?:Proc-Type|DEK-Info|Comment|Version): .*|)$/,
]);
const STRONG_LINE = /[A-Za-z0-9+/]{16}/;

/** A private key that starts at `at`, up to its end line, or without one as far as its lines reach. */
function findPrivateKeyAt(reader, at) {
  if (!reader.isAt(at, "-----BEGIN ") && !reader.isAt(at, "---- BEGIN ") && !reader.isAt(at, "Private-Lines: "))
    return null;
  const head = HEAD.exec(reader.slice(at, at + 100))?.[0];
  if (!head) return null;
  const inside = at + head.length;
  const end = endOfBlock(reader, at, inside) ?? endOfLines(reader, inside);
  return end === null ? null : { kind: "private_key", start: at, end };
}

function endOfBlock(reader, at, inside) {
  const mark = reader.text[at + 4] === " " ? "---- END " : "-----END ";
  const end = reader.next(END[mark], mark, inside);
  if (end < 0 || end - at > MAX_KEY_CHARS) return null;
  const nextBegin = reader.next(BEGIN, "-----BEGIN ", inside);
  const tail = TAIL.exec(reader.slice(end, end + 100))?.[0];
  if (!tail || (nextBegin >= 0 && nextBegin < end)) return null;
  return hasBody(reader.slice(inside, end)) ? end + tail.length : null;
}

/** A program that only names the two lines has no key between them. */
const hasBody = (text) =>
  (text.match(/[A-Za-z0-9+/]{20,}/g) ?? []).some(
    (run) => /\d/.test(run) && /[a-z]/.test(run) && (/[A-Z]/.test(run) || /^[\da-f]{32}$/.test(run)),
  );

function endOfLines(reader, inside) {
  let end = inside;
  let hasLine = false;
  for (let at = inside; at - inside < MAX_KEY_CHARS; ) {
    const begin = skipPattern(BETWEEN, reader.text, at);
    const stop = Math.max(skipPattern(HEADER_LINE, reader.text, begin), skipPattern(BODY_LINE, reader.text, begin));
    if (stop === begin) break;
    if (STRONG_LINE.test(reader.text.slice(begin, stop))) hasLine = true;
    at = end = stop;
  }
  reader.steps += end - inside + 1;
  return hasLine ? end : null;
}

function skipPattern(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** Whether a text leaves a key open whose lines may follow as separate strings (a diff is a list of lines). */
function leavesKeyOpen(text) {
  const begin = text.lastIndexOf("-----BEGIN ");
  return begin >= 0 && HEAD.test(text.slice(begin, begin + 100)) && text.indexOf("-----END ", begin) < 0;
}

/** "body" for a line of a key, "end" for its last one, else null. */
function classifyKeyLine(text) {
  if (text.length > 200) return null;
  const line = text.replace(/^[\s+>|-]{0,8}(?:\d{1,6}[\t:→|-])?\s*/, "").trimEnd();
  if (/-----END |^END (?:[A-Z ]*PRIVATE KEY|OpenVPN )/.test(text)) return "end";
  return WHOLE_LINE.test(line) ? "body" : null;
}

module.exports = { findPrivateKeyAt, leavesKeyOpen, classifyKeyLine };
