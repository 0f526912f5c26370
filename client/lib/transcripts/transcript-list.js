"use strict";
const path = require("node:path");
const { agentIdIn } = require("./host-agents.js");

const FIRST_NUMBERS = 256;
const FIRST_BYTES = 16 * 1024;

/** Numbers in one piece of memory, outside of the heap of V8: that may become four times as large as what it keeps. */
class Column {
  length = 0;

  constructor(Type) {
    this.values = new Type(FIRST_NUMBERS);
  }

  push(value) {
    if (this.length === this.values.length) {
      const old = this.values;
      this.values = new old.constructor(2 * old.length);
      this.values.set(old);
    }
    this.values[this.length] = value;
    this.length += 1;
  }
}

/** Short texts, one behind the other. */
class TextColumn {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #starts = new Column(Float64Array);
  #end = 0;

  get length() {
    return this.#starts.length;
  }

  push(text) {
    const end = this.#end + Buffer.byteLength(text);
    while (end > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * this.#bytes.length);
    this.#bytes.write(text, this.#end);
    this.#starts.push(this.#end);
    this.#end = end;
  }

  at(number) {
    return this.#bytes.toString("utf8", ...this.#rangeOf(number));
  }

  compare(one, other) {
    return this.#bytes.compare(this.#bytes, ...this.#rangeOf(other), ...this.#rangeOf(one));
  }

  #rangeOf(number) {
    const { values, length } = this.#starts;
    return [values[number], number + 1 < length ? values[number + 1] : this.#end];
  }
}

/**
 * Transcripts with their sizes and times. It keeps columns and short names, since there may be hundreds of thousands:
 * iterating it makes {file, root, size, mtimeMs} of each.
 */
class TranscriptList {
  #roots = [];
  #folders = [];
  // By the number of a transcript.
  #names = new TextColumn();
  #folderNumbers = new Column(Uint32Array);
  #isAgent = new Column(Uint8Array);
  #sizes = new Column(Float64Array);
  #modified = new Column(Float64Array);
  #started = new Column(Float64Array);
  #order = new Column(Uint32Array);
  /** The sum of the sizes. */
  bytes = 0;

  /** Adds a transcript; times in milliseconds. Those of one folder come one after the other. */
  add(file, root, { size, mtimeMs, startTime }) {
    const folder = path.dirname(file);
    if (this.#folders.at(-1) !== folder) {
      this.#folders.push(folder);
      this.#roots.push(root);
    }
    const name = path.basename(file);
    this.#order.push(this.#names.length);
    this.#names.push(name);
    this.#folderNumbers.push(this.#folders.length - 1);
    this.#isAgent.push(Number(agentIdIn(name) !== null));
    this.#sizes.push(size);
    this.#modified.push(mtimeMs);
    this.#started.push(startTime);
    this.bytes += size;
  }

  /** Sorts those that were added from number `from` on: those of sessions before those of subagents, old ones first. */
  sort(from) {
    const [isAgent, started] = [this.#isAgent.values, this.#started.values];
    this.#order.values
      .subarray(from, this.length)
      .sort(
        (one, other) =>
          isAgent[one] - isAgent[other] || started[one] - started[other] || this.#names.compare(one, other),
      );
  }

  get length() {
    return this.#names.length;
  }

  *[Symbol.iterator]() {
    for (let index = 0; index < this.length; index += 1) {
      const number = this.#order.values[index];
      const folder = this.#folderNumbers.values[number];
      const file = path.join(this.#folders[folder], this.#names.at(number));
      yield {
        file,
        root: this.#roots[folder],
        size: this.#sizes.values[number],
        mtimeMs: this.#modified.values[number],
      };
    }
  }
}

module.exports = { TranscriptList };
