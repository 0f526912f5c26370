"use strict";
const { resolvePaths } = require("../paths.js");
const { addTrailer } = require("../trailer/add-trailer.js");
const { findRepository, installHook, removeHook } = require("../trailer/git-hook.js");

const TRAILER_HELP = `memfog trailer [--off]

Lets git add \`Memfog-Session: <id>\` to the message of each commit that a session of Claude Code makes in this
repository, so that everyone who has the commit can find its session. It installs a prepare-commit-msg hook, where
core.hooksPath says; a hook that is there runs first. It never fails a commit, and uses no network. The id says nothing
to anyone but you.

  --off                       takes it back: the hook is what it was before, byte for byte
  --add FILE [--source KIND]  what the hook runs: adds the line to a message

Exit codes: 0 done, 1 no repository, or the hook was changed since (the message says which), 2 wrong usage.`;

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
  if (off) {
    const wasOn = removeHook(paths, repository.common);
    return { lines: [wasOn ? `Removed the hook from ${repository.hook}.` : "This repository had no trailer."] };
  }
  const isNew = installHook(paths, repository);
  return {
    lines: [
      isNew ? `Commits of sessions in ${repository.top} now name them.` : "Commits of sessions name them already.",
      `The hook is ${repository.hook}; memfog trailer --off takes it back.`,
    ],
  };
}

module.exports = { trailerCommand };
