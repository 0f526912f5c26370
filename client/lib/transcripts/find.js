"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { linesOf, objectIn } = require("./lines.js");

const AGENT = /^agent-/;

/**
 * Claude Code's transcripts as [{file}]: the sessions', then their subagents', since the prompt stands in the session's that
 * decides whether what it set going may leave. Those that began first in front: copies in forked sessions come after.
 */
function transcriptsIn(folder) {
  const found = filesIn(folder).map((file) => ({ file, begun: begunAt(file), isAgent: AGENT.test(path.basename(file)) }));
  return found.sort((a, b) => Number(a.isAgent) - Number(b.isAgent) || a.begun - b.begun);
}

function filesIn(folder) {
  let entries = [];
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    // No folder, or one we may not read: nothing to import there.
  }
  return entries.flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(file);
    return entry.isFile() && entry.name.endsWith(".jsonl") ? [file] : [];
  });
}

/** By its first line that is no copy: a file may have been copied itself, from a backup or another machine. */
function begunAt(file) {
  for (const { text } of linesOf(file)) {
    const line = text?.includes('"timestamp"') ? objectIn(text) : null;
    if (line && !line.forkedFrom && Number.isFinite(Date.parse(line.timestamp))) return Date.parse(line.timestamp);
  }
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** The transcript of the session that this one belongs to, and those of the session's subagents. */
const parentOf = (file) => (path.basename(path.dirname(file)) === "subagents" ? `${path.dirname(path.dirname(file))}.jsonl` : file);

const familyOf = (parent) => [parent, ...filesIn(path.join(parent.slice(0, -".jsonl".length), "subagents"))].filter((file) => fs.existsSync(file));

module.exports = { transcriptsIn, parentOf, familyOf };
