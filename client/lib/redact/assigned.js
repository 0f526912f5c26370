"use strict";
const { CLASS, has } = require("./classes.js");
const { kindOfName } = require("./names.js");
const { newPiece } = require("./reader.js");
const { isSecret } = require("./values.js");

const LONGEST_NAME = 64;
const LONGEST_TESTED = 512;
const BARE = newPiece();
const CREDENTIAL = newPiece();
const BEFORE = tableOf(" \t\"'`]\\?:=)");
const AFTER = tableOf(" \t>=:");
const STOPS = tableOf(" \t\r\n\f\v\0\"'`,;&<>|()[]{}\\");
const bare = Uint8Array.from({ length: 128 }, (_, code) => 1 - STOPS[code]);
const SCHEME = /^(?:bearer|basic|token|apikey|api-key|key|bot|digest|negotiate|ssws|geniekey)[ \t]+/i;

function tableOf(letters) {
  return Uint8Array.from({ length: 128 }, (_, code) => Number(letters.includes(String.fromCharCode(code))));
}

/** The secret that is given a name at `at`, where one of `=`, `:` or `>` stands; as {kind, start, end}, or null. */
function assignedAt(reader, at) {
  const { text } = reader;
  if (text[at] === ":" && text[at + 1] === "/") return null;
  let last = at;
  while (last > 0 && at - last < 8 && has(BEFORE, text.charCodeAt(last - 1))) last -= 1;
  const name = nameBefore(reader, last);
  if (text[at] === ">" && (last !== at || text[at - name.length - 1] !== "<")) return null;
  const kind = kindOfName(/^value$/i.test(name) ? nameBeside(reader, last - name.length) : name);
  if (!kind) return null;
  if (text[at] === ">") return valueAt(reader, kind, at + 1, "env");
  const start = skip(reader, at + 1, AFTER, 4);
  return valueAt(reader, kind, start, styleOf(reader, { name, from: last - name.length, at, start }));
}

/** The secret behind an option (`--password hunter2`) whose dashes stand at `at`. */
function optionAt(reader, at) {
  const { text } = reader;
  if (text[at + 1] !== "-" || !has(CLASS.alnum, text.charCodeAt(at + 2))) return null;
  let end = at + 2;
  while (end - at < LONGEST_NAME && has(CLASS.url, text.charCodeAt(end))) end += 1;
  reader.steps += end - at;
  const kind = text[end] === " " ? kindOfName(text.slice(at + 2, end)) : null;
  return kind && valueAt(reader, kind, skip(reader, end, AFTER, 4), "option");
}

function nameBefore(reader, end) {
  let start = end;
  while (start > 0 && end - start < LONGEST_NAME && has(CLASS.name, reader.text.charCodeAt(start - 1))) start -= 1;
  return reader.slice(start, end).replace(/^[-.]+/, "");
}

/** `value: …` has its name in the line before it, or the attribute. */
const nameBeside = (reader, at) => /(?:name|key)["']?[ \t]{0,4}[:=][ \t]{0,4}["']?([\w.-]{1,64})["']?[\s,]{1,40}["']?$/i.exec(reader.slice(at - 160, at))?.[1] ?? "";

function skip(reader, at, table, most) {
  let end = at;
  while (end - at < most && has(table, reader.text.charCodeAt(end))) end += 1;
  reader.steps += end - at + 1;
  return end;
}

function styleOf({ text }, { name, from, at, start }) {
  const isTight = text[at] === "=" && start === at + 1;
  if (isTight && (name === name.toUpperCase() || text.slice(from - 2, from) === "--" || /[?&;=]$/.test(text.slice(from - 1, from)))) return "env";
  const isFirst = /(?:^|[\n\r]|\\n)[ \t-]*["']?$/.test(text.slice(Math.max(from - 32, 0), from));
  return isFirst && (isTight || text[at] === ":") ? "line" : "code";
}

function valueAt(reader, kind, start, style) {
  const { text } = reader;
  const opening = /^(?:[bBrRuUfF@$]{0,2})(\\{0,7})(["'`])/.exec(text.slice(start, start + 10));
  if (opening) return quotedAt(reader, kind, start + opening[0].length, opening);
  const from = kind === "authorization" ? start + (SCHEME.exec(text.slice(start, start + 16))?.[0].length ?? 0) : start;
  const end = kind === "authorization" ? reader.runEnd(CREDENTIAL, CLASS.token, from) : bareEnd(reader, from, style);
  const isCall = "([{".includes(text[end] || " ") && style !== "env";
  if (isCall || !isSecret(kind, reader.slice(from, Math.min(end, from + LONGEST_TESTED)), lineStyle(text, end, style))) return null;
  return { kind, start: from, end };
}

function bareEnd(reader, from, style) {
  const end = reader.runEnd(BARE, bare, from);
  return style === "env" ? end : end - Number(/[.:]/.test(reader.text[end - 1] ?? "") && end - 1 > from);
}

/** Alone on its line means to the end of it as well. */
const lineStyle = (text, end, style) => (style === "line" && !/^(?:[ \t]*(?:#.*)?(?:[\r\n"'\\]|$))/.test(text.slice(end, end + 3)) ? "code" : style);

function quotedAt(reader, kind, from, [, backslashes, quote]) {
  const { text } = reader;
  let end = from;
  while (end < text.length && !(text[end] === quote && isClosing(text, end, backslashes.length)) && text[end] !== "\n") end += 1;
  reader.steps += end - from + 1;
  if (text[end] !== quote) return null;
  const close = end - backslashes.length;
  const inner = kind === "authorization" ? from + (SCHEME.exec(text.slice(from, from + 16))?.[0].length ?? 0) : from;
  if (!isSecret(kind, reader.slice(inner, Math.min(close, inner + LONGEST_TESTED)), "quoted")) return null;
  return { kind, start: inner, end: close };
}

function isClosing(text, at, wanted) {
  let backslashes = 0;
  while (backslashes <= 8 && text[at - 1 - backslashes] === "\\") backslashes += 1;
  return wanted > 0 ? backslashes === wanted : backslashes % 2 === 0;
}

module.exports = { assignedAt, optionAt };
