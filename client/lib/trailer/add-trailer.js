"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { git } = require("../git.js");
const { findActiveSession } = require("./active-session.js");
const { findRepository, isEnabled } = require("./git-hook.js");

const TRAILER = "Memfog-Session";
// A merge has a message of its own, and a rebase repeats the commits of others.
const SOURCES_LEFT_ALONE = new Set(["merge", "squash"]);
const OTHERS_COMMITS = ["rebase-merge", "rebase-apply", "sequencer"];

/** Adds the trailer to the message of a commit that is being made, if a session makes it. Returns whether it did. */
function addTrailer(paths, file, source) {
  const repository = findRepository(process.cwd());
  if (SOURCES_LEFT_ALONE.has(source) || !isEnabled(paths, repository) || repeatsCommits(repository)) return false;
  // An empty message, which a person is about to write, must stay empty: leaving it so ends the commit.
  if (!hasWords(fs.readFileSync(file, "utf8"))) return false;
  const session = findActiveSession(paths, repository.top);
  if (session === null) return false;
  const trailer = ["--no-divider", "--if-exists", "addIfDifferent", "--trailer", `${TRAILER}: ${session}`];
  return git(repository.top, ["interpret-trailers", "--in-place", ...trailer, path.resolve(file)]) !== null;
}

function repeatsCommits({ top }) {
  const folder = git(top, ["rev-parse", "--absolute-git-dir"])?.trimEnd();
  return !folder || OTHERS_COMMITS.some((name) => fs.existsSync(path.join(folder, name)));
}

const hasWords = (message) => message.split("\n").some((line) => line.trim() && !line.startsWith("#"));

/** The sessions that the message of a commit names. */
function readTrailers(top, commit) {
  const text = git(top, ["log", "-1", `--format=%(trailers:key=${TRAILER},valueonly)`, commit, "--"]) ?? "";
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

module.exports = { addTrailer, readTrailers };
