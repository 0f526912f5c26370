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

module.exports = { readAsAscii };
