"use strict";

/**
 * The strings of a valid JSON text in order, including keys, as {start, end, key}: `key` is the key of a member's
 * value, else null.
 */
function* listStrings(text) {
  let key = null;
  for (let start = text.indexOf('"'); start >= 0; ) {
    const end = endOf(text, start);
    const colon = afterSpace(text, end);
    const isKey = text[colon] === ":";
    yield { start, end, key };
    const next = isKey ? afterSpace(text, colon + 1) : -1;
    key = next >= 0 && text[next] === '"' ? text.slice(start + 1, end - 1) : null;
    start = text.indexOf('"', end);
  }
}

function endOf(text, start) {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text, at) {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === "\\") backslashes += 1;
  return backslashes % 2 === 1;
}

function afterSpace(text, at) {
  while (" \t\r\n".includes(text[at] ?? "x")) at += 1;
  return at;
}

module.exports = { listStrings };
