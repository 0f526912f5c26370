"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { namesIn, readJson } = require("../files.js");
const { isInstalled } = require("../install.js");
const { pauses } = require("../privacy/pause.js");
const { readSeenSessions } = require("../shipper/seen-sessions.js");
const { isWhole, listSpool } = require("../shipper/spool.js");
const { linesOf, objectIn } = require("../transcripts/lines.js");
const { bad, good, looked } = require("./finding.js");

const LOOKED_AT = 20;
// A session that has only just begun may not have come to a hook, nor its event to the shipper.
const PATIENCE_MS = 60_000;
const SESSION = /^[0-9a-f]{8}-[0-9a-f-]{27}\.jsonl$/;

/**
 * Whether sessions that began since `connect` left events: whatever the reason that hooks do not run, the host's own
 * transcripts grow all the same, and this can not be fooled.
 */
const capture = (place) => looked("capture", () => look(place));

function look(place) {
  const since = Math.max(Date.parse(readJson(place.account)?.since) || Infinity, lastResume(place));
  if (!Number.isFinite(since) || !isInstalled(place)) return good("capture", "not connected yet");
  if (pauses(place).length > 0) return good("capture", "paused");
  const captured = readSeenSessions(place);
  const waiting = spooledText(place);
  const silent = recent(path.join(place.claude, "projects"), since).filter(
    ({ id, file }) => !captured.first(id) && !waiting.includes(id) && hasBegunAfter(file, since),
  );
  if (silent.length === 0) return good("capture", "sessions since connecting have left their events");
  const [{ file }] = silent;
  return bad(
    "capture",
    `${silent.length} session(s) since connecting left no event, as ${file}`,
    "Claude Code did not run the hooks: mend what else is told here, start it anew, and look at /hooks there",
  );
}

/** Sessions' transcripts that were written to since then, the latest first: [{id, file}]. */
function recent(folder, since) {
  const files = foldersIn(folder).flatMap((one) =>
    namesIn(one)
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
    .slice(0, LOOKED_AT);
}

const foldersIn = (folder) =>
  namesIn(folder)
    .map((name) => path.join(folder, name))
    .filter((one) => fs.statSync(one, { throwIfNoEntry: false })?.isDirectory());

/** By what its lines say: it may be a copy, or go on from before. Sessions without a prompt have no event to leave. */
function hasBegunAfter(file, since) {
  let begun = null;
  try {
    for (const { text } of linesOf(file)) {
      const line = text?.includes('"timestamp"') ? objectIn(text) : null;
      if (!line || !Number.isFinite(Date.parse(line.timestamp))) continue;
      begun ??= Date.parse(line.timestamp);
      if (line.forkedFrom || begun <= since) return false;
      if (line.type === "user" && !line.isMeta) return Date.now() - Date.parse(line.timestamp) > PATIENCE_MS;
    }
  } catch {
    // One that can not be read says nothing.
  }
  return false;
}

/** The heads of what no shipper has seen yet. */
const spooledText = (place) =>
  listSpool(place.spool)
    .filter(isWhole)
    .slice(-200)
    .map(({ path: file }) => head(file))
    .join("\n");

function head(file) {
  const bytes = Buffer.alloc(8_192);
  const descriptor = fs.openSync(file);
  try {
    return bytes.toString("latin1", 0, fs.readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The end of a pause leaves nothing but its time. */
const lastResume = (place) => fs.statSync(place.resumed, { throwIfNoEntry: false })?.mtimeMs ?? 0;

module.exports = { capture };
