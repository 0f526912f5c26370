"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { listNames, makePrivateFolder, readIfExists, sha256 } = require("../../files.js");
const { derivedId } = require("../events/derived-id.js");

// Two registrations fire at the same moment; the slower one may take as long as a hook's timeout.
const SAME_EVENT_WINDOW_NS = 15_000_000_000n;
const SESSION_LIFETIME_MS = 30 * 86_400_000;
const LINE = /^(\w+) (\d+) (\w*) (\d+) (\S+)$/;
const UNNAMED = "";

/**
 * Detects copies of events. An event that several registrations of Memfog captured (user and project settings, a
 * plugin) has one id, derived from session, hook, payload, and the ordinal among equal ones. `firing(draft)` returns
 * {id, isCopy}, or null if the payload names no session; it records its result first, so that a crash changes no id.
 */
function openFiringLog(paths) {
  const sessions = new Map();
  const loadSession = (name) => sessions.get(name) ?? sessions.set(name, readSession(paths, name)).get(name);

  function firing(draft) {
    const session = draft.payload.value?.session_id;
    if (typeof session !== "string" || draft.isDerived) return null;
    const { file, seen } = loadSession(sha256(session).slice(0, 24));
    const key = sha256(`${draft.hook}\n${draft.about}`).slice(0, 24);
    const sameEvents = seen.get(key) ?? seen.set(key, []).get(key);
    const one = sameEvents.find(isSameFile(draft)) ?? recordFiring(file, key, sameEvents, draft);
    const isCopy = sameEvents.find(({ ordinal }) => ordinal === one.ordinal) !== one;
    return { id: derivedId("firing", os.hostname(), session, draft.hook, draft.about, String(one.ordinal)), isCopy };
  }

  return { firing };
}

/** Whether it is the same spool file, read again after a crash. */
const isSameFile =
  ({ entry }) =>
  (one) =>
    one.name === entry.name && one.written === entry.time;

function recordFiring(file, key, sameEvents, draft) {
  const original = sameEvents.find(
    (one, index) =>
      isCopyOf(draft, one) &&
      sameEvents.findIndex(({ ordinal }) => ordinal === one.ordinal) === index &&
      !hasClaimed(sameEvents, draft, one),
  );
  const ordinal = original?.ordinal ?? sameEvents.reduce((highest, one) => Math.max(highest, one.ordinal), 0) + 1;
  const one = { ordinal, registration: draft.registration, written: draft.entry.time, name: draft.entry.name };
  fs.appendFileSync(file, `${key} ${ordinal} ${one.registration} ${one.written} ${one.name}\n`, { mode: 0o600 });
  sameEvents.push(one);
  return one;
}

/**
 * Equal payloads of one registration are two events, unless the registration is unnamed and the payload identifies its
 * event.
 */
function isCopyOf({ registration, entry, payload, hook }, one) {
  const distanceNs = entry.time > one.written ? entry.time - one.written : one.written - entry.time;
  if (distanceNs > SAME_EVENT_WINDOW_NS) return false;
  return one.registration !== registration || (registration === UNNAMED && isUnique(hook, payload.value));
}

/** Each registration captures an event once. */
const hasClaimed = (sameEvents, { registration }, { ordinal }) =>
  registration !== UNNAMED && sameEvents.some((one) => one.registration === registration && one.ordinal === ordinal);

/** Whether a payload identifies its event of the host. */
const isUnique = (hook, { tool_use_id: toolUseId, prompt_id: prompt }) =>
  typeof toolUseId === "string" || (hook === "prompt_submit" && typeof prompt === "string");

function readSession(paths, name) {
  const file = path.join(paths.firings, name);
  const seen = new Map();
  for (const line of (readIfExists(file) ?? removeOldSessions(paths)).split("\n")) {
    const [, key, ordinal, registration, written, spoolName] = LINE.exec(line) ?? [];
    if (!key) continue;
    const one = { ordinal: Number(ordinal), registration, written: BigInt(written), name: spoolName };
    seen.set(key, [...(seen.get(key) ?? []), one]);
  }
  return { file, seen };
}

/** Old sessions are removed whenever a new one starts. */
function removeOldSessions(paths, now = Date.now()) {
  makePrivateFolder(paths.firings);
  for (const name of listNames(paths.firings)) {
    const file = path.join(paths.firings, name);
    if (now - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now) > SESSION_LIFETIME_MS)
      fs.rmSync(file, { force: true });
  }
  return "";
}

/** The digest of a large payload covers what is left of it and the hashes of the parts that were cut. */
function digestOfPayload({ payload, cuts = new Map(), cut = null }) {
  const hash = crypto.createHash("sha256").update(payload);
  return hash.update(JSON.stringify([...cuts.values(), cut])).digest("hex");
}

module.exports = { openFiringLog, digestOfPayload };
