"use strict";
const { UuidSet } = require("./uuid-set.js");

const MAX_LINE_REASONS = 50;
const MAX_LINE_FILES = 10_000;

/** Counts what an import read, sent and passed over. */
class ImportTotals {
  #sessions = new UuidSet();
  #counts = {};
  #roots = new Map();
  #files = [];
  #lines = {};
  #linesByFile = new Map();

  ofRoot(root) {
    const empty = { root, transcripts: 0, events: 0, fresh: 0, unchanged: 0 };
    return this.#roots.get(root) ?? this.#roots.set(root, empty).get(root);
  }

  addEvent({ name, session }, totals) {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
    totals.events += 1;
    if (session) this.#sessions.add(session);
  }

  skipFile = (file, reason) => this.#files.push({ file, reason });

  /** A hostile file may hold any number of unknown kinds. */
  skipLine = (file, reason) => {
    const isNew = !Object.hasOwn(this.#lines, reason);
    const name = isNew && Object.keys(this.#lines).length >= MAX_LINE_REASONS ? "of other unknown kinds" : reason;
    this.#lines[name] = (this.#lines[name] ?? 0) + 1;
    if (this.#linesByFile.has(file) || this.#linesByFile.size < MAX_LINE_FILES)
      this.#linesByFile.set(file, (this.#linesByFile.get(file) ?? 0) + 1);
  };

  result({ isDry }) {
    const roots = [...this.#roots.values()].map((totals) => (isDry ? { ...totals, fresh: null } : totals));
    const sum = (name) => roots.reduce((total, totals) => total + totals[name], 0);
    return {
      sessions: this.#sessions.size,
      counts: this.#counts,
      fresh: isDry ? null : sum("fresh"),
      unchanged: sum("unchanged"),
      roots,
      skipped: { files: this.#files, lines: this.#lines, lineFiles: this.#rankLineFiles() },
    };
  }

  /** The files with lines that were passed over as [{file, count}], those with most of them first. */
  #rankLineFiles() {
    const files = [...this.#linesByFile].map(([file, count]) => ({ file, count }));
    return files.sort((one, other) => other.count - one.count);
  }
}

module.exports = { ImportTotals };
