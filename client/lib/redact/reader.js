"use strict";
const { has } = require("./classes.js");

const MAX_STEPS_PER_CHAR = 8;
const BASE_STEPS = 16 * 1024;

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
    this.decodedUpTo = 0;
    this.steps = 0;
  }

  /** The end of the run of one class that holds `at`. */
  runEnd(runId, charClass, at) {
    if (this.#from[runId] <= at && at <= this.#end[runId]) return this.#end[runId];
    let end = at;
    while (end < this.text.length && has(charClass, this.text.charCodeAt(end))) end += 1;
    this.#remember(runId, at, end);
    return end;
  }

  /** Where `needle` comes next at or after `at`, or -1; remembered as runs are. */
  next(runId, needle, at) {
    if (this.#from[runId] <= at && (at <= this.#end[runId] || this.#end[runId] < 0)) return this.#end[runId];
    const found = this.text.indexOf(needle, at);
    this.steps += (found < 0 ? this.text.length : found) - at + 1;
    this.#from[runId] = at;
    this.#end[runId] = found;
    return found;
  }

  /** Whether `at` lies before what a piece has read and found to hold nothing. */
  isRead(runId, at) {
    return at < (this.#end[runId] ?? 0);
  }

  setRead(runId, end) {
    this.#end[runId] = end;
  }

  /** Takes part in work of which there may be no more than some steps a letter; false where that is spent. */
  spend(runId, at, steps) {
    const spent = (this.#end[runId] ?? 0) + steps;
    if (spent > MAX_STEPS_PER_CHAR * at + BASE_STEPS) return false;
    this.#end[runId] = spent;
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

  #remember(runId, at, end) {
    this.steps += end - at + 1;
    this.#from[runId] = at;
    this.#end[runId] = end;
  }
}

let runIds = 0;

/** A number for a piece of a shape, under which a reader remembers. */
const newRunId = () => (runIds += 1);

// The run of letters and digits that a word begins with; several look at it.
const WORD = newRunId();

module.exports = { Reader, newRunId, WORD };
