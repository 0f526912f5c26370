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
  const found = filesIn(folder).map((file) => ({ file, born: bornAt(file), isAgent: AGENT.test(path.basename(file)) }));
  return found.sort((a, b) => Number(a.isAgent) - Number(b.isAgent) || a.born - b.born);
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

function bornAt(file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat?.birthtimeMs || stat?.mtimeMs || 0;
}

/**
 * From when on the hooks have captured this session, by the transcript's own word (nanoseconds), or null:
 * an interactive session notes the commands of its stop hooks. It counts from the end of the last turn without ours.
 */
function capturedBy(file) {
  let before = 0n;
  for (const { text } of linesOf(file)) {
    if (!text?.includes('"stop_hook_summary"')) continue;
    const line = objectIn(text);
    if (line?.subtype !== "stop_hook_summary" || !Array.isArray(line.hookInfos)) continue;
    if (line.hookInfos.some((info) => /[\\/]memfog-hook\.(?:sh|cjs)/.test(info?.command))) return before;
    before = BigInt(Date.parse(line.timestamp) || 0) * 1_000_000n;
  }
  return null;
}

module.exports = { transcriptsIn, capturedBy };
