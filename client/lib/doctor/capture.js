"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames, readJson } = require("../files.js");
const { isInstalled } = require("../install/install.js");
const { pauses } = require("../privacy/pause.js");
const { readSeenSessions } = require("../shipper/sessions/seen-sessions.js");
const { isComplete, listSpool } = require("../shipper/spool/spool.js");
const { linesOf, objectIn } = require("../transcripts/lines.js");
const { bad, good, runCheck } = require("./finding.js");

const MAX_TRANSCRIPTS = 20;
// A session that has just started may not have fired a hook yet, or its event may not have reached the shipper.
const FIRST_EVENT_TIMEOUT_MS = 60_000;
const SESSION = /^[0-9a-f]{8}-[0-9a-f-]{27}\.jsonl$/;

/**
 * Whether sessions that started after `connect` left events. Claude Code's own transcripts grow even if its hooks do
 * not run, whatever the reason.
 */
const capture = (paths) => runCheck("capture", () => checkCapture(paths));

function checkCapture(paths) {
  const since = Math.max(Date.parse(readJson(paths.account)?.since) || Infinity, lastResume(paths));
  if (!Number.isFinite(since) || !isInstalled(paths)) return good("capture", "not connected yet");
  if (pauses(paths).length > 0) return good("capture", "paused");
  const seen = readSeenSessions(paths);
  const waiting = readSpoolHeads(paths);
  const silentSessions = listRecent(path.join(paths.claude, "projects"), since).filter(
    ({ id, file }) => !seen.first(id) && !waiting.includes(id) && startedAfter(file, since),
  );
  if (silentSessions.length === 0) return good("capture", "sessions since connecting have left their events");
  const [{ file }] = silentSessions;
  return bad(
    "capture",
    `${silentSessions.length} session(s) since connecting left no event, as ${file}`,
    "Claude Code did not run the hooks: fix the other findings, restart it, and check /hooks there",
  );
}

/** Transcripts of sessions that were written after `since`, the latest first: [{id, file}]. */
function listRecent(folder, since) {
  const files = listFolders(folder).flatMap((one) =>
    listNames(one)
      .filter((name) => SESSION.test(name))
      .map((name) => path.join(one, name)),
  );
  return files
    .map((file) => ({
      file,
      id: path.basename(file, ".jsonl"),
      time: fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }))
    .filter(({ time }) => time > since && Date.now() - time < 30 * 86_400_000)
    .sort((a, b) => b.time - a.time)
    .slice(0, MAX_TRANSCRIPTS);
}

const listFolders = (folder) =>
  listNames(folder)
    .map((name) => path.join(folder, name))
    .filter((one) => fs.statSync(one, { throwIfNoEntry: false })?.isDirectory());

/**
 * The start is read from the lines, since a file may be a copy or a continuation. Sessions without a prompt have no
 * event.
 */
function startedAfter(file, since) {
  let startTime = null;
  try {
    for (const { text } of linesOf(file)) {
      const line = text?.includes('"timestamp"') ? objectIn(text) : null;
      if (!line || !Number.isFinite(Date.parse(line.timestamp))) continue;
      startTime ??= Date.parse(line.timestamp);
      if (line.forkedFrom || startTime <= since) return false;
      if (line.type === "user" && !line.isMeta) return Date.now() - Date.parse(line.timestamp) > FIRST_EVENT_TIMEOUT_MS;
    }
  } catch {
    // An unreadable file proves nothing.
  }
  return false;
}

/** The heads of spool files that no shipper has read yet. */
const readSpoolHeads = (paths) =>
  listSpool(paths.spool)
    .filter(isComplete)
    .slice(-200)
    .map(({ path: file }) => readHead(file))
    .join("\n");

function readHead(file) {
  const bytes = Buffer.alloc(8_192);
  const descriptor = fs.openSync(file);
  try {
    return bytes.toString("latin1", 0, fs.readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The end of a pause is recorded only as a file's time. */
const lastResume = (paths) => fs.statSync(paths.resumed, { throwIfNoEntry: false })?.mtimeMs ?? 0;

module.exports = { capture };
