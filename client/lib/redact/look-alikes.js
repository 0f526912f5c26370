"use strict";
const { codesOf, textOf } = require("./codes.js");

// Signs that stand for ASCII signs: frames of tables, typographic quotes, wide signs, and blanks of other widths.
const GROUPS = {
  "|": "│┃║┆┊",
  "-": "─━═┄┈╌",
  "+": "┌┍┎┏┐┑┒┓└┕┖┗┘┙┚┛├┝┞┟┠┡┢┣┤┥┦┧┨┩┪┫┬┭┮┯┰┱┲┳┴┵┶┷┸┹┺┻┼┽┾┿╀╁╂╃╄╅╆╇╈╉╊╋╒╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡╢╣╤╥╦╧╨╩╪╫╬╭╮╯╰",
  '"': "“”„‟«»「」",
  "'": "‘’‚‛‹›",
  ":": "：",
  "=": "＝",
  " ": "\u00a0\u2002\u2003\u2009\u202f\u3000",
};
const LOOK_ALIKES = new Map(Object.entries(GROUPS).flatMap(([sign, others]) => [...others].map((one) => [one, sign])));
// The code of the ASCII sign by the code of the other, or 0.
const asciiCodes = new Uint8Array(65_536);
for (const [other, sign] of LOOK_ALIKES) asciiCodes[other.charCodeAt(0)] = sign.charCodeAt(0);

/** The text with these signs as ASCII, so that one set of rules reads both; every offset stays the same. */
function readAsAscii(text) {
  // The length in bytes is counted much faster than the signs are looked for.
  if (Buffer.byteLength(text) === text.length) return text;
  const codes = codesOf(text);
  let count = 0;
  for (let at = 0; at < codes.length; at += 1) {
    const ascii = asciiCodes[codes[at]];
    if (ascii === 0) continue;
    codes[at] = ascii;
    count += 1;
  }
  return count === 0 ? text : textOf(codes);
}

/** The parts of a text with such signs, as [{start, end}]: their lines, and the line before and after each. */
function listParts(text) {
  const parts = [];
  const codes = codesOf(text);
  for (let at = findSign(codes, 0); at >= 0; ) {
    const line = text.lastIndexOf("\n", at) + 1;
    const start = line < 2 ? 0 : text.lastIndexOf("\n", line - 2) + 1;
    const lineEnd = endOfLine(text, at);
    const end = endOfLine(text, lineEnd + 1);
    if (parts.length && start <= parts.at(-1).end) parts.at(-1).end = end;
    else parts.push({ start, end });
    at = findSign(codes, lineEnd);
  }
  return parts;
}

function findSign(codes, from) {
  let at = from;
  while (at < codes.length && asciiCodes[codes[at]] === 0) at += 1;
  return at < codes.length ? at : -1;
}

function endOfLine(text, at) {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

module.exports = { listParts, readAsAscii };
