"use strict";
const path = require("node:path");
const { agentIdIn } = require("./host-agents.js");

/**
 * Transcripts with their sizes and times. It keeps columns and short names, since there may be hundreds of thousands:
 * iterating it makes {file, root, size, mtimeMs} of each.
 */
class TranscriptList {
  #roots = [];
  #folders = [];
  // By the number of a transcript.
  #names = [];
  #folderNumbers = [];
  #sizes = [];
  #modified = [];
  #started = [];
  #order = [];
  /** The sum of the sizes. */
  bytes = 0;

  /** Adds a transcript; times in milliseconds. Those of one folder come one after the other. */
  add(file, root, { size, mtimeMs, startTime }) {
    const folder = path.dirname(file);
    if (this.#folders.at(-1) !== folder) {
      this.#folders.push(folder);
      this.#roots.push(root);
    }
    this.#order.push(this.#names.length);
    // A part of a text keeps all of that text in memory; this one keeps itself.
    this.#names.push(` ${path.basename(file)}`.slice(1));
    this.#folderNumbers.push(this.#folders.length - 1);
    this.#sizes.push(size);
    this.#modified.push(mtimeMs);
    this.#started.push(startTime);
    this.bytes += size;
  }

  /** Sorts those that were added from number `from` on: those of sessions before those of subagents, old ones first. */
  sort(from) {
    const isAgent = (number) => Number(agentIdIn(this.#names[number]) !== null);
    const compareNames = (one, other) => (this.#names[one] < this.#names[other] ? -1 : 1);
    const compare = (one, other) =>
      isAgent(one) - isAgent(other) || this.#started[one] - this.#started[other] || compareNames(one, other);
    this.#order = [...this.#order.slice(0, from), ...this.#order.slice(from).sort(compare)];
  }

  get length() {
    return this.#names.length;
  }

  *[Symbol.iterator]() {
    for (const number of this.#order) {
      const folder = this.#folderNumbers[number];
      const file = path.join(this.#folders[folder], this.#names[number]);
      yield { file, root: this.#roots[folder], size: this.#sizes[number], mtimeMs: this.#modified[number] };
    }
  }
}

module.exports = { TranscriptList };
