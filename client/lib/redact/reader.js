"use strict";
const { has } = require("./classes.js");

const MOST_A_LETTER = 8;
const SPARE = 16 * 1024;

/**
 * A text and what was found out about it on the way. Runs of a class are remembered for each `piece` of a shape: starts
 * within one run share its end, so that each piece reads each letter once. `steps` counts what was read.
 */
class Reader {
  #from = [];
  #end = [];

  /** `find(text)`, where there is one, looks in what is decoded. */
  constructor(text, find = null) {
    this.text = text;
    this.find = find;
    // Up to where it was decoded and looked at.
    this.decoded = 0;
    this.steps = 0;
  }

  /** The end of the run of one class that holds `at`. */
  runEnd(piece, one, at) {
    if (this.#from[piece] <= at && at <= this.#end[piece]) return this.#end[piece];
    let end = at;
    while (end < this.text.length && has(one, this.text.charCodeAt(end))) end += 1;
    this.#remember(piece, at, end);
    return end;
  }

  /** Where `needle` comes next at or after `at`, or -1; remembered as runs are. */
  next(piece, needle, at) {
    if (this.#from[piece] <= at && (at <= this.#end[piece] || this.#end[piece] < 0)) return this.#end[piece];
    const found = this.text.indexOf(needle, at);
    this.steps += (found < 0 ? this.text.length : found) - at + 1;
    this.#from[piece] = at;
    this.#end[piece] = found;
    return found;
  }

  /** Whether `at` lies before what a piece has read and found to hold nothing. */
  isRead(piece, at) {
    return at < (this.#end[piece] ?? 0);
  }

  setRead(piece, end) {
    this.#end[piece] = end;
  }

  /** Takes part in work of which there may be no more than some steps a letter; false where that is spent. */
  spend(piece, at, steps) {
    const spent = (this.#end[piece] ?? 0) + steps;
    if (spent > MOST_A_LETTER * at + SPARE) return false;
    this.#end[piece] = spent;
    this.steps += steps;
    return true;
  }

  isAt(at, literal) {
    this.steps += 1;
    return this.text.startsWith(literal, at);
  }

  /** A piece of bounded length, for tests by regular expression. */
  slice(from, to) {
    this.steps += Math.max(to - from, 0);
    return this.text.slice(Math.max(from, 0), to);
  }

  #remember(piece, at, end) {
    this.steps += end - at + 1;
    this.#from[piece] = at;
    this.#end[piece] = end;
  }
}

let pieces = 0;

/** A number for a piece of a shape, under which a reader remembers. */
const newPiece = () => (pieces += 1);

// The run of letters and digits that a word begins with; several look at it.
const WORD = newPiece();

module.exports = { Reader, newPiece, WORD };
