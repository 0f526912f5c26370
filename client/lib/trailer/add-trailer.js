"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { git } = require("../git/git.js");
const { findActiveSession, SESSION_ID } = require("./active-session.js");
const { findRepository, isEnabled } = require("./git-hook.js");

const TRAILER = "Memfog-Session";
// A merge has a message of its own; a rebase or a cherry-pick repeats the commits of others.
// Git gives up a commit whose template was not changed.
const SOURCES_LEFT_ALONE = new Set(["merge", "squash", "template"]);
const OTHERS_COMMITS = ["rebase-merge", "rebase-apply", "sequencer", "CHERRY_PICK_HEAD"];
// Below it is a diff, in a message that is edited: `git commit --verbose`.
const SCISSORS = /^.{1,9} -{24} >8 -{24}$/m;

/** Adds the trailer to the message of a commit that is being made, if a session makes it. Returns whether it did. */
function addTrailer(paths, file, source) {
  const repository = findRepository(process.cwd());
  if (SOURCES_LEFT_ALONE.has(source) || !isEnabled(paths, repository) || repeatsCommits(repository)) return false;
  const message = fs.readFileSync(file, "utf8");
  const comment = commentSetting(repository.top, source, message);
  // An empty message, which a person is about to write, must stay empty: git aborts a commit without a message.
  if (!hasWords(repository.top, comment, message)) return false;
  const session = findActiveSession(paths, repository.top);
  if (session === null) return false;
  const trailer = ["--no-divider", "--if-exists", "addIfDifferent", "--trailer", `${TRAILER}: ${session}`];
  return git(repository.top, [...comment, "interpret-trailers", "--in-place", ...trailer, path.resolve(file)]) !== null;
}

function repeatsCommits({ top }) {
  const folder = git(top, ["rev-parse", "--absolute-git-dir"])?.trimEnd();
  return !folder || OTHERS_COMMITS.some((name) => fs.existsSync(path.join(folder, name)));
}

/**
 * The setting under which git takes no line of a message for a comment, if it keeps such lines: it does so where no
 * editor opens the message (`git commit -m`); its hooks then have an editor that does nothing.
 */
function commentSetting(top, source, message) {
  if (source !== "message" || process.env.GIT_EDITOR !== ":") return [];
  if (git(top, ["config", "commit.cleanup"])?.trim() === "strip") return [];
  const sign = [..."#;@!$%^&|:"].find((one) => !message.split("\n").some((line) => line.startsWith(one)));
  return sign ? ["-c", `core.commentChar=${sign}`] : [];
}

/** Whether a message says anything. Which lines are comments is for git to say: core.commentChar. */
function hasWords(top, comment, message) {
  const [words] = message.split(SCISSORS);
  return Boolean(git(top, [...comment, "stripspace", "--strip-comments"], { input: words })?.trim());
}

/** The sessions that the message of a commit names. */
function readTrailers(top, commit) {
  const text = git(top, ["log", "-1", `--format=%(trailers:key=${TRAILER},valueonly)`, commit, "--"]) ?? "";
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((id) => SESSION_ID.test(id));
}

module.exports = { addTrailer, readTrailers };
