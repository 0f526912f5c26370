"use strict";
const fs = require("node:fs");
const { resolvePaths } = require("../paths.js");
const { addTrailer } = require("../trailer/add-trailer.js");
const { findRepository, installHook, isTracked, removeHook } = require("../trailer/git-hook.js");
const { UserError } = require("../user-error.js");

const TRAILER_HELP = `memfog trailer [--off]

Lets git add \`Memfog-Session: <id>\` to the message of each commit that a session of Claude Code makes in this
repository, so that everyone who has the commit can find its session. Where Claude Code does not name the session, it is
the only one that was at work there within half an hour, also for a commit that you make yourself. It installs a
prepare-commit-msg hook, where core.hooksPath says; a hook that is there runs first. It never fails a commit, and uses
no network. Merges, rebases, cherry-picks and commits from a template get none. The id says nothing to anyone but you.

  --off                       takes it back: the hook is what it was before, byte for byte
  --add FILE [--source KIND]  what the hook runs: adds the line to a message

Exit codes: 0 done, 1 no repository, not connected, or a hook is in the way (the message says which), 2 wrong usage.`;

const text = { type: "string" };
const trailerCommand = {
  help: TRAILER_HELP,
  options: { off: { type: "boolean" }, add: text, source: text },
  run: runTrailer,
};

async function runTrailer({ off = false, add, source = "" }) {
  const paths = resolvePaths();
  if (add !== undefined) return { ok: addTrailer(paths, add, source), lines: [] };
  const repository = findRepository(process.cwd());
  return { lines: off ? switchOff(paths, repository) : switchOn(paths, repository) };
}

function switchOn(paths, repository) {
  // The hook runs the copy of this program that connect made.
  if (!fs.existsSync(paths.launchers))
    throw new UserError("this machine is not connected; run memfog connect claude-code");
  const isNew = installHook(paths, repository);
  return [
    isNew ? `Commits of sessions in ${repository.top} now name them.` : "Commits of sessions name them already.",
    `The hook is ${repository.hook}; memfog trailer --off takes it back.`,
    ...(isTracked(repository) ? ["It lies among the files of the repository: do not commit it."] : []),
  ];
}

function switchOff(paths, { common }) {
  const removed = removeHook(paths, common);
  if (!removed.length) return ["This repository had no trailer."];
  return removed.map(({ hook, isReplaced }) =>
    isReplaced ? `${hook} is another tool's by now; it stays as it is.` : `Removed the hook from ${hook}.`,
  );
}

module.exports = { trailerCommand };
