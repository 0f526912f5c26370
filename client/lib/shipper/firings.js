"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { namesIn, privateFolder, readIfThere, sha256 } = require("../files.js");
const { derivedId } = require("./derived-id.js");

// Two registrations of one host fire at the same moment; the slower of them may take as long as a hook may.
const TOGETHER_NS = 15_000_000_000n;
const KEPT_MS = 30 * 86_400_000;
const LINE = /^(\w+) (\d+) (\w*) (\d+) (\S+)$/;
const NAMELESS = "";

/**
 * Tells events from their copies. One event that several registrations of Memfog caught (user and project settings, a
 * plugin) has one id, which follows from what it is about: session, hook, payload, and the how-manyth time that is.
 * `firing(draft)` returns {id, isCopy}, or null where no session is named; what it told is written down first, so that
 * a crash changes no id.
 */
function firings(place) {
  const sessions = new Map();
  const sessionOf = (name) => sessions.get(name) ?? sessions.set(name, readSession(place, name)).get(name);

  function firing(draft) {
    const session = draft.payload.value?.session_id;
    if (typeof session !== "string" || draft.isDerived) return null;
    const { file, seen } = sessionOf(sha256(session).slice(0, 24));
    const key = sha256(`${draft.hook}\n${draft.about}`).slice(0, 24);
    const equal = seen.get(key) ?? seen.set(key, []).get(key);
    const one = equal.find(isOf(draft)) ?? noted(file, key, equal, draft);
    const isCopy = equal.find(({ ordinal }) => ordinal === one.ordinal) !== one;
    return { id: derivedId("firing", os.hostname(), session, draft.hook, draft.about, String(one.ordinal)), isCopy };
  }

  return { firing };
}

/** The same spool file, seen once more after a crash. */
const isOf =
  ({ entry }) =>
  (one) =>
    one.name === entry.name && one.written === entry.time;

function noted(file, key, equal, draft) {
  const original = equal.find(
    (one, index) =>
      isCopyOf(draft, one) &&
      equal.findIndex(({ ordinal }) => ordinal === one.ordinal) === index &&
      !hasClaimed(equal, draft, one),
  );
  const ordinal = original?.ordinal ?? equal.reduce((most, one) => Math.max(most, one.ordinal), 0) + 1;
  const one = { ordinal, registration: draft.registration, written: draft.entry.time, name: draft.entry.name };
  fs.appendFileSync(file, `${key} ${ordinal} ${one.registration} ${one.written} ${one.name}\n`, { mode: 0o600 });
  equal.push(one);
  return one;
}

/**
 * Equal payloads of one registration are two events, but where it has no name and the payload itself tells which it is
 * about.
 */
function isCopyOf({ registration, entry, payload, hook }, one) {
  const apart = entry.time > one.written ? entry.time - one.written : one.written - entry.time;
  if (apart > TOGETHER_NS) return false;
  return one.registration !== registration || (registration === NAMELESS && isUnique(hook, payload.value));
}

/** Each registration has its own copy of an event, and no second one. */
const hasClaimed = (equal, { registration }, { ordinal }) =>
  registration !== NAMELESS && equal.some((one) => one.registration === registration && one.ordinal === ordinal);

/** Whether a payload says by itself which event of the host it is. */
const isUnique = (hook, { tool_use_id: use, prompt_id: prompt }) =>
  typeof use === "string" || (hook === "prompt_submit" && typeof prompt === "string");

function readSession(place, name) {
  const file = path.join(place.firings, name);
  const seen = new Map();
  for (const line of (readIfThere(file) ?? begun(place)).split("\n")) {
    const [, key, ordinal, registration, written, spoolName] = LINE.exec(line) ?? [];
    if (!key) continue;
    const one = { ordinal: Number(ordinal), registration, written: BigInt(written), name: spoolName };
    seen.set(key, [...(seen.get(key) ?? []), one]);
  }
  return { file, seen };
}

/** With each new session those that ended long ago are forgotten. */
function begun(place, now = Date.now()) {
  privateFolder(place.firings);
  for (const name of namesIn(place.firings)) {
    const file = path.join(place.firings, name);
    if (now - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now) > KEPT_MS)
      fs.rmSync(file, { force: true });
  }
  return "";
}

/** Of a large payload, by what is left of it and the hashes of what was cut out. */
function digestOfPayload({ payload, cuts = new Map(), cut = null }) {
  const hash = crypto.createHash("sha256").update(payload);
  return hash.update(JSON.stringify([...cuts.values(), cut])).digest("hex");
}

module.exports = { firings, digestOfPayload };
