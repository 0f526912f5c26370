"use strict";
const { CLASS } = require("./classes.js");
const { isPlaceholder, looksRandom } = require("./looks.js");
const { newPiece } = require("./reader.js");

const LONGEST_AUTHORITY = 1024;
const BEARER = newPiece();
const AZURE = newPiece();
const azure = CLASS.token.slice();

/** The password of `scheme://user:password@host`, whose colon stands at `at`. */
function passwordInUrlAt(reader, at) {
  const { text } = reader;
  if (text[at + 1] !== "/" || text[at + 2] !== "/") return null;
  const start = at + 3;
  const authority = /^[^\s"'`<>\\/]*/.exec(reader.slice(start, start + LONGEST_AUTHORITY))[0];
  const close = authority.lastIndexOf("@");
  const colon = authority.indexOf(":");
  if (close < 0 || authority.includes("[redacted:")) return null;
  if (colon < 0 || colon > close) return looksRandom(authority.slice(0, close)) ? { kind: "url_credential", start, end: start + close } : null;
  const password = authority.slice(colon + 1, close);
  return password === "" || isPlaceholder(password) && !/^[a-z]/i.test(password) ? null : { kind: "url_password", start: start + colon + 1, end: start + close };
}

/** The credential behind the word `Bearer` or `Basic`, wherever that stands. */
function bearerAt(reader, at) {
  const scheme = /^(?:bearer|basic)(?:[ \t]|%20|\+){1,4}/i.exec(reader.text.slice(at, at + 20))?.[0];
  reader.steps += 8;
  if (!scheme) return null;
  const start = at + scheme.length;
  const end = reader.runEnd(BEARER, CLASS.token, start);
  return looksRandom(reader.slice(start, Math.min(end, start + 512))) ? { kind: "bearer_token", start, end } : null;
}

/** A client secret of Azure, which has its mark in the middle: three characters, a digit, `Q~`, and the rest. */
function azureSecretAt(reader, at) {
  if (reader.text[at + 1] !== "~" || !/[\w.~]{3}\d$/.test(reader.text.slice(Math.max(at - 4, 0), at))) return null;
  const end = reader.runEnd(AZURE, azure, at);
  return end - at >= 33 && end - at <= 36 ? { kind: "azure_client_secret", start: at - 4, end } : null;
}

/** `curl -u user:password` and `sshpass -p password`. */
function commandAt(reader, at) {
  const match = /^(?:curl\b[^\n|;]{0,200}? (?:-u|--user)[ =]?["']?[^\s:"']{1,100}:|sshpass -p ?["']?|identified by ["']|login[ \t]+\S{1,100}[ \t\n]+password[ \t]+["']?|password (?=['"]))/i.exec(reader.text.slice(at, at + 320));
  reader.steps += 16;
  if (!match) return null;
  reader.steps += 320;
  const start = at + match[0].length;
  const value = /^['"]?([^\s"'`\\]{3,200})/.exec(reader.slice(start, start + 201));
  if (!value || isPlaceholder(value[1])) return null;
  return { kind: "password", start: start + value[0].length - value[1].length, end: start + value[0].length };
}

module.exports = { passwordInUrlAt, bearerAt, azureSecretAt, commandAt };
