"use strict";
const { CLASS, has } = require("../classes.js");
const { isPlaceholder, looksRandom } = require("../heuristics.js");
const { kindOfName } = require("../names.js");
const { isSecret } = require("../value-rules.js");

const MAX_NAME_CHARS = 64;
const LOOKAHEAD_CHARS = 200;
// The last words of names of secrets; longer names (DB_PASSWORD, --auth-token) end with them as well.
const NOUNS = [
  "password",
  "passwd",
  "passphrase",
  "passcode",
  "passwort",
  "kennwort",
  "wachtwoord",
  "pwd",
  "secret",
  "token",
  "key",
  "authtoken",
  "accesstoken",
  "apikey",
  "credential",
  "requirepass",
  "masterauth",
  "masteruser",
  "rootpw",
  "bindpw",
  "psk",
  "contrasena",
  "contrase",
  "senha",
  "pass",
];
const nouns = new Set(
  NOUNS.flatMap((noun) => [noun, noun.toUpperCase(), noun[0].toUpperCase() + noun.slice(1)]).concat(
    "authToken",
    "accessToken",
    "apiKey",
    "secretKey",
    "accessKey",
    "PassWord",
  ),
);
// "the password of the database is", "changed the token to"
const ABOUT = "(?:for|of|to|on|at|in)(?:[ \\t]+[\\w.@/-]+){1,4}";
const ASIDE = "\\([^()\\n]{1,40}\\)";
const VERB = "(?:is|was|ist|lautet|est|es|becomes|to|will be|should be)(?:[ \\t]+(?:now|still|set to))?[ \\t]*:?";
// The cells of a page: <td>password</td><td>value.
const CELLS = "</(?:t[dh]|d[td]|b|strong|label|span|code)>\\s{0,20}(?:</?[a-z]{1,6}\\b[^<>]{0,80}>\\s{0,20}){0,3}";
const IS = new RegExp(
  `^(?:${CELLS}|["'\`*]{0,2}(?:(?:[ \\t]+${ABOUT}?|[ \\t]+${ASIDE})?[ \\t]+(?:${VERB}|[-–—])|` +
    `[ \\t]+(?:${ABOUT}|${ASIDE})[ \\t]*:)[ \\t]+)` +
    "[\"'`*(]{0,3}",
);
const SPACE = /^["'`*]{0,2}[ \t]+(["'`]?)/;
const SETTERS =
  "setx|setenv|ENV|ARG|set[ \\t]+-\\w{1,3}|(?:config(?:ure)?|secrets?|user-secrets)[ \\t]+(?:set|add)|env[ \\t]+set|" +
  "config(?:[ \\t]+--\\w+)?|default_value";
const ASSIGNS = new RegExp(`(?:^|[\\s"'(;&|])(?:${SETTERS})[ \\t]+["']?(?:\\/\\/)?[\\w./:-]*$`);
const ON_A_LINE = /(?:^|\n)[ \t]*$/;
const DIRECTIVES = new Set(["requirepass", "masterauth", "rootpw", "bindpw"]);
/** The secret after a noun whose last word stands from `at` to `end`: "password is …", "DB_PASSWORD …"; or null. */
function findNamedAt(reader, at, end) {
  const { text } = reader;
  if (text.startsWith("ña", end)) end += 2;
  while (end - at < MAX_NAME_CHARS && has(CLASS.url, text.charCodeAt(end))) end += 1;
  if (!/["'`*< \t]/.test(text[end] ?? "")) return null;
  let from = at;
  while (from > 0 && at - from < MAX_NAME_CHARS && has(CLASS.name, text.charCodeAt(from - 1))) from -= 1;
  const name = reader.slice(from, end).replace(/^[-.]+/, "");
  // Alone it is a verb.
  if (/^pass$/i.test(name)) return null;
  const kind = kindOfName(/^keys?$/i.test(name) ? `${readWordBefore(text, from)}_${name}` : name);
  if (!kind) return null;
  const lookahead = reader.slice(end, end + LOOKAHEAD_CHARS);
  return findSpoken(kind, lookahead, end) ?? findBeside(reader, kind, { name, from, ahead: lookahead, end });
}

const readWordBefore = (text, from) => /(\w{2,32})[ \t]$/.exec(text.slice(Math.max(from - 34, 0), from))?.[1] ?? "";

function findSpoken(kind, lookahead, end) {
  const before = IS.exec(lookahead)?.[0];
  if (!before) return null;
  const value = readWord(lookahead.slice(before.length));
  return isSecret(kind, value, "spoken")
    ? { kind, start: end + before.length, end: end + before.length + value.length }
    : null;
}

/** One word without punctuation, quotes and brackets at its end. */
const readWord = (text) => /^[^\s"'`”<>|\\]*/.exec(text)[0].replace(/[.,;:!?)*\]}]+$/, "");

function findBeside(reader, kind, { name, from, ahead: lookahead, end }) {
  const [space, quote] = SPACE.exec(lookahead) ?? [];
  if (!space) return null;
  const rest = lookahead.slice(space.length);
  const value = quote ? (new RegExp(`^[^${quote}\\n]*(?=${quote})`).exec(rest)?.[0] ?? "") : readWord(rest);
  const secret = { kind, start: end + space.length, end: end + space.length + value.length };
  if (ASSIGNS.test(reader.slice(from - 48, from)))
    return isSecret(kind, value, /[a-z]/.test(name) ? "option" : "env") ? secret : null;
  if (DIRECTIVES.has(name) && ON_A_LINE.test(reader.slice(from - 16, from)))
    return isSecret(kind, value, "env") ? secret : null;
  // secret "…"; in configuration files.
  if (quote) return rest[value.length + 1] === ";" && isSecret(kind, value, "comma") ? secret : null;
  return isMixed(kind, value) ? secret : null;
}

/** Directly after its name only a clearly generated value counts: digits inside letters. */
function isMixed(kind, value) {
  if (/[(){}<>,;]/.test(value) || kind === "cookie") return false;
  if (looksRandom(value)) return !isPlaceholder(value);
  return (
    kind === "password" &&
    value.length >= 8 &&
    /[a-z]\d+[a-z]/i.test(value) &&
    /[A-Z]/.test(value) &&
    isSecret(kind, value, "spoken")
  );
}

module.exports = { findNamedAt, nouns };
