"use strict";
const path = require("node:path");
const { agentIdIn } = require("./host-agents.js");
const { linesOf, objectIn } = require("./lines.js");

const MAX_HEAD_LINES = 200;

/**
 * Finds the first lines of a transcript that belong to another session: a plan that is carried out in a new session
 * brings the last lines of the old one along. Returns `isForeign(line, start)` for a line and the byte where it begins,
 * to be asked of each line in order. A beginning with answers is no such remainder, and neither is a file in which no
 * line has the session of its name, as that of a subagent.
 */
function findForeignHead(file) {
  const own = path.basename(file, ".jsonl");
  // Of most transcripts the first line with a session says that there is none.
  let end = agentIdIn(file) === null ? null : 0;
  return ({ sessionId }, start) => {
    if (end === 0 || typeof sessionId !== "string") return false;
    end ??= sessionId === own ? 0 : findHeadEnd(file, own);
    return start < end && sessionId !== own;
  };
}

/** The byte at which the first line of the file's own session begins; 0 if what is before it is no remainder. */
function findHeadEnd(file, own) {
  let count = 0;
  for (const { text, start } of linesOf(file)) {
    const line = text?.includes('"sessionId"') ? objectIn(text) : null;
    if (line?.sessionId === own) return start;
    count += 1;
    if ((line && line.type === "assistant") || count > MAX_HEAD_LINES) break;
  }
  return 0;
}

module.exports = { findForeignHead };
