"use strict";
const { sha256 } = require("../files.js");
const { markOf } = require("./cut.js");
const { stringsIn } = require("../redact/strings.js");

const SHORTEST_CUT = 4_500;
const KEPT_OF_TEXT = 16_384;

/**
 * Event text cut at its longest strings until it fits into `limit` bytes, or null where that can not be.
 * Everything else stays the text it was: numbers keep their digits, objects their order.
 */
function shrink(text, limit) {
  // Half of the limit first: one long string keeps as much of itself as there is room for.
  for (let longest = Math.floor(limit / 2); longest >= SHORTEST_CUT; longest = Math.floor(longest / 2)) {
    const cut = cutStrings(text, longest);
    if (Buffer.byteLength(cut) <= limit) return cut;
  }
  for (const bare of withHeadsOnly(text)) if (Buffer.byteLength(bare) <= limit) return bare;
  return null;
}

function cutStrings(text, longest) {
  const parts = [];
  let done = 0;
  for (const { start, end } of stringsIn(text)) {
    if (end - start <= longest || isKey(text, end)) continue;
    parts.push(text.slice(done, start), JSON.stringify(headWithMark(JSON.parse(text.slice(start, end)), longest)));
    done = end;
  }
  return parts.join("") + text.slice(done);
}

function isKey(text, end) {
  while (" \t\r\n".includes(text[end])) end += 1;
  return text[end] === ":";
}

function headWithMark(string, length) {
  // Escapes make text longer than the string it stands for, up to six times; two is what code has.
  const head = string.slice(0, Math.floor(length / 2)).replace(/[\ud800-\udbff]$/, "");
  return head + markOf({ bytes: Buffer.byteLength(string), sha256: sha256(string) });
}

/** For an event of countless small values: its large members as text; where that is not enough, the head of it all. */
function* withHeadsOnly(text) {
  const event = JSON.parse(text);
  const { hook, data } = event.kind.data;
  if (hook === undefined) return;
  if (data !== null && typeof data === "object" && !Array.isArray(data)) {
    event.kind.data.data = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, headOf(value)]));
    yield JSON.stringify(event);
  }
  event.kind.data = { hook, data: headWithMark(JSON.stringify(data), KEPT_OF_TEXT), data_as: "text" };
  yield JSON.stringify(event);
}

function headOf(value) {
  const text = JSON.stringify(value);
  return text.length > SHORTEST_CUT && typeof value === "object" ? headWithMark(text, SHORTEST_CUT) : value;
}

module.exports = { shrink };
