"use strict";
const { sha256 } = require("../../files.js");
const { listStrings } = require("../../redact/strings.js");
const { markOf } = require("./cut.js");

const MIN_CUT_BYTES = 4_500;
const CUT_TEXT_CHARS = 16_384;

/**
 * Cuts the longest strings of an event's text until it fits into `limit` bytes; null if that is impossible. Everything
 * else is unchanged: numbers keep their digits, objects their order.
 */
function shrink(text, limit) {
  // Starts with half of the limit: a single long string keeps as much as fits.
  for (let maxBytes = Math.floor(limit / 2); maxBytes >= MIN_CUT_BYTES; maxBytes = Math.floor(maxBytes / 2)) {
    const cut = cutStrings(text, maxBytes);
    if (Buffer.byteLength(cut) <= limit) return cut;
  }
  for (const shortened of keepHeads(text)) if (Buffer.byteLength(shortened) <= limit) return shortened;
  return null;
}

function cutStrings(text, maxBytes) {
  const parts = [];
  let copiedUpTo = 0;
  for (const { start, end } of listStrings(text)) {
    if (end - start <= maxBytes || isKey(text, end)) continue;
    parts.push(text.slice(copiedUpTo, start), JSON.stringify(cutString(JSON.parse(text.slice(start, end)), maxBytes)));
    copiedUpTo = end;
  }
  return parts.join("") + text.slice(copiedUpTo);
}

function isKey(text, end) {
  while (" \t\r\n".includes(text[end])) end += 1;
  return text[end] === ":";
}

function cutString(string, length) {
  // Escapes make JSON up to six times longer than its string; for code the factor is about two.
  const head = string.slice(0, Math.floor(length / 2)).replace(/[\ud800-\udbff]$/, "");
  return head + markOf({ bytes: Buffer.byteLength(string), sha256: sha256(string) });
}

/**
 * For an event with very many small values: its large members as text; if that is not enough, the head of the whole.
 */
function* keepHeads(text) {
  const event = JSON.parse(text);
  const { hook, data } = event.kind.data;
  if (hook === undefined) return;
  if (data !== null && typeof data === "object" && !Array.isArray(data)) {
    event.kind.data.data = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, cutMember(value)]));
    yield JSON.stringify(event);
  }
  event.kind.data = { hook, data: cutString(JSON.stringify(data), CUT_TEXT_CHARS), data_as: "text" };
  yield JSON.stringify(event);
}

function cutMember(value) {
  const text = JSON.stringify(value);
  return text.length > MIN_CUT_BYTES && typeof value === "object" ? cutString(text, MIN_CUT_BYTES) : value;
}

module.exports = { shrink };
