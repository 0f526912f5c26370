"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { readJson, writeAtomically } = require("../files.js");
const { mainOf, repoOf } = require("./repo.js");

const MAX_FOLDERS = 2_000;
const NONE = [null, null];

/**
 * The repositories of folders, also of those that are gone, such as worktrees. `repos.json` has for each folder
 * [repository, main folder]; `save` writes what is new.
 */
class KnownRepos {
  #file;
  #known;
  #found = new Map();
  #isChanged = false;

  constructor(paths) {
    this.#file = paths.repos;
    this.#known = new Map(Object.entries(readJson(this.#file) ?? {}));
  }

  repoOf = (folder) => this.#lookUp(folder)[0];

  mainOf = (folder) => this.#lookUp(folder)[1];

  save() {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    const newest = Object.fromEntries([...this.#known].slice(-MAX_FOLDERS));
    writeAtomically(this.#file, JSON.stringify(newest), { durable: false });
  }

  #lookUp(folder) {
    if (!this.#found.has(folder)) this.#found.set(folder, this.#describe(folder));
    return this.#found.get(folder);
  }

  #describe(folder) {
    if (!path.isAbsolute(folder)) return NONE;
    const isGone = !fs.existsSync(folder);
    const remembered = isGone ? this.#recall(folder) : null;
    if (remembered) return remembered;
    const repository = [repoOf(folder), mainOf(folder)];
    if (!isGone && repository[0] !== null) this.#remember(folder, repository);
    return repository;
  }

  /** A folder within a worktree that is gone has the repository of the worktree. */
  #recall(folder) {
    for (let current = folder; !fs.existsSync(current); current = path.dirname(current)) {
      const repository = this.#known.get(current);
      if (Array.isArray(repository)) return repository;
    }
    return null;
  }

  #remember(folder, repository) {
    if (String(this.#known.get(folder)) === String(repository)) return;
    this.#known.delete(folder);
    this.#known.set(folder, repository);
    this.#isChanged = true;
  }
}

module.exports = { KnownRepos };
