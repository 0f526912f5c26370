"use strict";
const path = require("node:path");
const { linesOf, objectIn } = require("./lines.js");

const MAX_HEAD_LINES = 200;

/**
 * Finds the first lines of a transcript that belong to another session: a plan that is carried out in a new session
 * brings the last lines of the old one along. Returns `isForeign(line, start)` for a line and the byte where it begins.
 * A beginning with answers is no such remainder, and neither is a file in which no line has the session of its name.
 */
function findForeignHead(file) {
  const own = path.basename(file, ".jsonl");
  let count = 0;
  for (const { text, start } of linesOf(file)) {
    const line = text?.includes('"sessionId"') ? objectIn(text) : null;
    if (line?.sessionId === own) return ({ sessionId }, at) => at < start && sessionId !== own && isText(sessionId);
    count += 1;
    if ((line && line.type === "assistant") || count > MAX_HEAD_LINES) break;
  }
  return () => false;
}

const isText = (value) => typeof value === "string";

module.exports = { findForeignHead };
