"use strict";

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
const ANY = new RegExp(`[${[...LOOK_ALIKES.keys()].join("")}]`, "g");

/** The text with these signs as ASCII, so that one set of rules reads both; every offset stays the same. */
const readAsAscii = (text) =>
  // The length in bytes is counted much faster than the signs are looked for.
  Buffer.byteLength(text) === text.length ? text : text.replace(ANY, (sign) => LOOK_ALIKES.get(sign));

/** The parts of a text with such signs, as [{start, end}]: their lines, and the line before and after each. */
function listParts(text) {
  const parts = [];
  ANY.lastIndex = 0;
  for (let match; (match = ANY.exec(text)) !== null; ) {
    const line = text.lastIndexOf("\n", match.index) + 1;
    const start = line < 2 ? 0 : text.lastIndexOf("\n", line - 2) + 1;
    const lineEnd = endOfLine(text, match.index);
    const end = endOfLine(text, lineEnd + 1);
    if (parts.length && start <= parts.at(-1).end) parts.at(-1).end = end;
    else parts.push({ start, end });
    ANY.lastIndex = lineEnd;
  }
  return parts;
}

function endOfLine(text, at) {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

module.exports = { listParts, readAsAscii };
