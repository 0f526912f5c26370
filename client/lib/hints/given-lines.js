"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames, makePrivateFolder, readIfExists } = require("../files.js");
const { hash } = require("../short-hash.js");

const LIFETIME_MS = 2 * 86_400_000;

const fileOf = (paths, session) => path.join(paths.hinted, hash(session));

/** The numbers of the lines that a session was given. */
const readGiven = (paths, session) =>
  new Set((readIfExists(fileOf(paths, session)) ?? "").split("\n").filter(Boolean).map(Number));

/** Notes lines that a session was given; with `isStart` its earlier ones are forgotten, as the session forgets them. */
function noteGiven(paths, session, ids, { isStart = false } = {}) {
  makePrivateFolder(paths.hinted);
  const lines = ids.filter(Number.isInteger).map((id) => `${id}\n`);
  fs.writeFileSync(fileOf(paths, session), lines.join(""), { mode: 0o600, flag: isStart ? "w" : "a" });
}

function removeOldSessions(paths) {
  for (const name of listNames(paths.hinted)) {
    const file = path.join(paths.hinted, name);
    const modified = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - modified > LIFETIME_MS) fs.rmSync(file, { force: true });
  }
}

module.exports = { readGiven, noteGiven, removeOldSessions };
