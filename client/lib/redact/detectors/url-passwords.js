"use strict";
const { CLASS } = require("../classes.js");
const { isPlaceholder, looksRandom } = require("../heuristics.js");
const { newRunId } = require("../reader.js");

const MAX_AUTHORITY_CHARS = 1024;
const BEARER = newRunId();
const AZURE = newRunId();
const azure = CLASS.token.slice();

/** The password of `scheme://user:password@host`, whose colon is at `at`. */
function findUrlPasswordAt(reader, at) {
  const { text } = reader;
  if (text[at + 1] !== "/" || text[at + 2] !== "/") return null;
  const start = at + 3;
  const authority = /^[^\s"'`<>\\/]*/.exec(reader.slice(start, start + MAX_AUTHORITY_CHARS))[0];
  const close = authority.lastIndexOf("@");
  const colon = authority.indexOf(":");
  if (close < 0 || authority.includes("[redacted:")) return null;
  if (colon < 0 || colon > close)
    return looksRandom(authority.slice(0, close)) ? { kind: "url_credential", start, end: start + close } : null;
  const password = authority.slice(colon + 1, close);
  return password === "" || (isPlaceholder(password) && !/^[a-z]/i.test(password))
    ? null
    : { kind: "url_password", start: start + colon + 1, end: start + close };
}

/** The credential after the word `Bearer` or `Basic`. */
function findBearerAt(reader, at) {
  const scheme = /^(?:bearer|basic)(?:[ \t]|%20|\+){1,4}/i.exec(reader.text.slice(at, at + 20))?.[0];
  reader.steps += 8;
  if (!scheme) return null;
  const start = at + scheme.length;
  const end = reader.runEnd(BEARER, CLASS.token, start);
  return looksRandom(reader.slice(start, Math.min(end, start + 512))) ? { kind: "bearer_token", start, end } : null;
}

/** A client secret of Azure, with its mark in the middle: three characters, a digit, `Q~`, and the rest. */
function findAzureSecretAt(reader, at) {
  if (reader.text[at + 1] !== "~" || !/[\w.~]{3}\d$/.test(reader.text.slice(Math.max(at - 4, 0), at))) return null;
  const end = reader.runEnd(AZURE, azure, at);
  return end - at >= 33 && end - at <= 36 ? { kind: "azure_client_secret", start: at - 4, end } : null;
}

/** A line of .pgpass (host:port:database:user:password); the colon after the host is at `at`. */
function findPgpassAt(reader, at) {
  const { text } = reader;
  if (!/[\d*]/.test(text[at + 1] ?? "")) return null;
  const [, port, rest] =
    /^:(\d{2,5}|\*):((?:[\w$.*-]{1,63}):(?:[A-Za-z_*][\w.@*-]{0,62}):)/.exec(reader.slice(at, at + 140)) ?? [];
  if (!rest || !/(?:^|[\n"'])[+-]?[\w.*-]{1,253}$/.test(reader.slice(at - 256, at))) return null;
  const start = at + port.length + rest.length + 2;
  const value = /^(?:[^\s:"'\\]|\\.){3,200}(?=[\r\n"']|\\n|$)/.exec(reader.slice(start, start + 201))?.[0] ?? "";
  return /\d|[^\w.-]/.test(value) && !isPlaceholder(value) && !/^\d+$/.test(value)
    ? { kind: "password", start, end: start + value.length }
    : null;
}

/**
 * The password of `user:password@tcp(host)`, as in Go, and of `thin:user/password@`, as in Oracle; their @ is at `at`.
 */
function findDsnPasswordAt(reader, at) {
  const { text } = reader;
  const isGo = /^@(?:tcp6?|udp|unix)\(/.test(text.slice(at, at + 6));
  if (!isGo && !/^@(?:\/\/|[\w.-]{1,64}:\d)/.test(text.slice(at, at + 70))) return null;
  const before = reader.slice(at - 200, at);
  const [, value] =
    (isGo ? /[\w.-]{1,64}:([^\s"'`]{3,128})$/ : /\bthin:[\w$#]{1,64}\/([^\s"'`/]{3,128})$/).exec(before) ?? [];
  return value && !isPlaceholder(value) ? { kind: "password", start: at - value.length, end: at } : null;
}

module.exports = { findUrlPasswordAt, findPgpassAt, findDsnPasswordAt, findBearerAt, findAzureSecretAt };
