"use strict";
const { CLASS, has } = require("./classes.js");
const { codesOf } = require("./codes.js");

const MAX_STEPS_PER_CHAR = 8;
const BASE_STEPS = 16 * 1024;

/**
 * A text with cached results about it. Ends of runs of a character class are cached per `runId` of a pattern part: all
 * starts in one run share its end, so that each part reads each character once. `steps` counts the work.
 */
class Reader {
  #from = [];
  #end = [];
  #wordFrom = 0;
  #wordEnd = -1;

  /** `find(text)`, if given, searches decoded text. */
  constructor(text, find = null) {
    this.text = text;
    // A typed array is read faster than a string.
    this.codes = codesOf(text);
    this.find = find;
    // Base64 up to this offset was decoded and searched.
    this.decodedUpTo = 0;
    this.steps = 0;
  }

  /** The end of the run of one class that contains `at`. */
  runEnd(runId, charClass, at) {
    if (this.#from[runId] <= at && at <= this.#end[runId]) return this.#end[runId];
    const { codes } = this;
    let end = at;
    while (has(charClass, codes[end])) end += 1;
    this.#remember(runId, at, end);
    return end;
  }

  /** The end of the run of letters and digits that contains `at`: every detector of words asks for it. */
  wordEnd(at) {
    if (this.#wordFrom <= at && at <= this.#wordEnd) return this.#wordEnd;
    const { codes } = this;
    const { alnum } = CLASS;
    let end = at;
    // Beyond the table, and beyond the text, nothing is a member.
    while (alnum[codes[end]] === 1) end += 1;
    this.steps += end - at + 1;
    this.#wordFrom = at;
    this.#wordEnd = end;
    return end;
  }

  /** The next position of `needle` at or after `at`, or -1; cached like runs. */
  next(runId, needle, at) {
    if (this.#from[runId] <= at && (at <= this.#end[runId] || this.#end[runId] < 0)) return this.#end[runId];
    const found = this.text.indexOf(needle, at);
    this.steps += (found < 0 ? this.text.length : found) - at + 1;
    this.#from[runId] = at;
    this.#end[runId] = found;
    return found;
  }

  /** Whether `at` lies in a part that was read without a result. */
  isRead(runId, at) {
    return at < (this.#end[runId] ?? 0);
  }

  setRead(runId, end) {
    this.#end[runId] = end;
  }

  /** Adds work of a kind that is limited to a few steps per character; false if the budget is spent. */
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

  /** A part of bounded length, for tests by regular expression. */
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

/** A number for a part of a pattern, under which a reader caches. */
const newRunId = () => (runIds += 1);

module.exports = { Reader, newRunId };
