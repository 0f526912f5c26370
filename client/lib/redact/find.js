"use strict";
const { assignedAt, optionAt } = require("./assigned.js");
const { azureSecretAt, bearerAt, commandAt, passwordInUrlAt } = require("./surroundings.js");
const { privateKeyAt } = require("./private-key.js");
const { Reader } = require("./reader.js");
const { tokenAt } = require("./tokens.js");

const ALNUM = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

// Who looks, at which letters. The first to find something decides.
const LOOKS = [
  [privateKeyAt, "-P"],
  [optionAt, "-"],
  [passwordInUrlAt, ":"],
  [assignedAt, ":=>"],
  [bearerAt, "bB"],
  [commandAt, "csilpCSILP"],
  [azureSecretAt, "Q"],
  [tokenAt, `${ALNUM}_`],
];
const lookers = Array.from({ length: 128 }, (_, code) => LOOKS.filter(([, letters]) => letters.includes(String.fromCharCode(code))).map(([look]) => look));

/** Secrets in a text as {found: [{kind, start, end}], steps}, in order, none within another. One pass, whatever the text. */
function findIn(text) {
  const reader = new Reader(text);
  const found = [];
  for (let at = 0; at < text.length; ) {
    const one = lookAt(reader, at);
    if (one) found.push(one);
    at = one ? Math.max(one.end, at + 1) : at + 1;
  }
  return { found, steps: reader.steps + text.length };
}

function lookAt(reader, at) {
  const { text } = reader;
  const code = text.charCodeAt(at);
  if (code > 127) return null;
  const isInside = at > 0 && isAlnum(code) && isAlnum(text.charCodeAt(at - 1));
  if (isInside && !followsEscape(text, at)) return code === 81 ? azureSecretAt(reader, at) : null;
  for (const look of lookers[code]) {
    const one = look(reader, at);
    if (one) return one;
  }
  return null;
}

const isAlnum = (code) => (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

/** After an escape (\n, \x3d, \u003d, %3D, the end of a colour) a word may begin though a letter or digit stands before it. */
function followsEscape(text, at) {
  return text.charCodeAt(at - 2) === 92 || text.charCodeAt(at - 3) === 37 || text.charCodeAt(at - 1) === 109 || text.charCodeAt(at - 6) === 92 || text.charCodeAt(at - 4) === 92;
}

module.exports = { findIn };
