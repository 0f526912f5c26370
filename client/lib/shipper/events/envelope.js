"use strict";
const crypto = require("node:crypto");
const path = require("node:path");
const { name, version } = require("../../../package.json");
const { MAX_EVENT_BYTES, MAX_LOCATION_BYTES } = require("../../limits.js");
const { redactJson, redactName } = require("../../redact/redact.js");
const { machineName } = require("../delivery/machine-report.js");
const { digestOfPayload } = require("../spool/firings.js");
const { InvalidEventError } = require("../spool/invalid-event.js");
const { derivedId } = require("./derived-id.js");
const { readPayload } = require("./payload.js");
const { shrink } = require("./shrink.js");

const MAX_NAME_CHARS = 200;
// The year 9999: later times come from a broken clock.
const LAST_TIME = 253_402_300_799_000_000_000n;

/** What one spool file says before its neighbors are known: {id, time, hook, root, payload, toolUse}. */
function makeDraft(entry, spooled, machine) {
  const payload = readPayload(spooled);
  return {
    entry,
    hook: spooled.hook,
    registration: spooled.registration ?? "",
    entrypoint: spooled.entrypoint ?? null,
    hostPid: spooled.hostPid ?? null,
    // Of derived events no registration captured a copy.
    about: spooled.id === undefined ? digestOfPayload(spooled) : "",
    root: spooled.root,
    payload,
    time: clampTime(spooled.time ?? entry.time),
    id: spooled.id ?? makeId(machine, entry, spooled.digest),
    toolUse: textOr(payload.value?.tool_use_id, null),
    isDerived: spooled.id !== undefined,
  };
}

const clampTime = (time) => (time < 0n ? 0n : time > LAST_TIME ? LAST_TIME : time);

/** The event for the server, as JSON text without secrets; the rest of the payload is unchanged. */
function makeEnvelope({ id, time, hook, root, payload, entrypoint, isDerived }, { repoOf, branchOf }) {
  const folder = pathText(textOr(payload.value?.cwd, "") || root);
  const [project, rootText] = [folder, pathText(root)].map(redactName);
  const optional = {
    root: rootText || undefined,
    repo: nameOfRepo(repoOf(folder)),
    client: describeClient(payload.kinds, {
      entrypoint,
      branch: isDerived ? null : branchOf(folder),
      host: isDerived ? null : hostOf(payload),
    }),
  };
  const head = JSON.stringify({ id, ts: timestamp(time), project, schema_version: 1 });
  const encoding = payload.as ? `,"data_as":${JSON.stringify(payload.as)}` : "";
  const kind = isKind(hook)
    ? `{"type":${JSON.stringify(hook)},"data":${payload.text}}`
    : `{"type":"HookEvent","data":{"hook":${JSON.stringify(hook)},"data":${payload.text}${encoding}}}`;
  const text = `${head.slice(0, -1)},"kind":${kind},${JSON.stringify(optional).slice(1)}`;
  return shrinkToFit(text);
}

/** A repository without a remote is named by its folder, whose name may hold a secret like that of any folder. */
const nameOfRepo = (repo) => (path.isAbsolute(repo ?? "") ? redactName(pathText(repo)) : (repo ?? undefined));

/** Hooks have lower-case names; our own kinds, such as Usage, begin with a capital. */
const isKind = (name) => /^[A-Z]/.test(name);

function shrinkToFit(text) {
  if (Buffer.byteLength(text) <= MAX_EVENT_BYTES) return text;
  const shrunk = shrink(text, MAX_EVENT_BYTES);
  if (shrunk === null) throw new InvalidEventError("this event can not be made small enough");
  return shrunk;
}

/** Claude Code names the session in each payload. Other payloads are kept, but not attributed to Claude Code. */
const hostOf = ({ value, as }) => (as === undefined && textOr(value?.session_id, null) === null ? "unknown" : null);

/** The client of the event, and how many secrets of each kind were removed. For past events the branch is unknown. */
const describeClient = (kinds, { branch = null, host = null, entrypoint = null } = {}) => ({
  name,
  version,
  // JSON leaves out a member without a value.
  host: host || undefined,
  machine: machineName(),
  entrypoint: entrypoint || undefined,
  branch: branch ? redactName(branch).slice(0, MAX_NAME_CHARS) : undefined,
  redactions: Object.keys(kinds).length ? kinds : undefined,
});

/** An event about Memfog itself, such as SpoolDropped: {id, time, text}. */
function makeOwnEvent(type, data) {
  const time = BigInt(Date.now()) * 1_000_000n;
  const id = crypto.randomUUID();
  const { text, kinds } = redactJson(JSON.stringify(data));
  const event = { id, ts: timestamp(time), project: "", schema_version: 1, client: describeClient(kinds) };
  return {
    id,
    time,
    text: `${JSON.stringify(event).slice(0, -1)},"kind":{"type":${JSON.stringify(type)},"data":${text}}}`,
  };
}

/**
 * The id is derived from the file, so that a crash between any two steps creates no second event (UUID version 8, RFC
 * 9562).
 */
const makeId = (machine, entry, digest) => derivedId(machine, entry.name, entry.time, digest);

/** RFC 3339 with microseconds, from nanoseconds. */
function timestamp(time) {
  const microseconds = String((time / 1000n) % 1000n).padStart(3, "0");
  return new Date(Number(time / 1_000_000n)).toISOString().replace("Z", `${microseconds}Z`);
}

const textOr = (value, fallback) => (typeof value === "string" ? value : fallback);

/** A path within the server's limits: no NUL, no lone surrogate, 4,096 bytes. */
function pathText(text) {
  const bytes = Buffer.from(text.replaceAll("\0", "").toWellFormed());
  if (bytes.length <= MAX_LOCATION_BYTES) return bytes.toString();
  return bytes
    .subarray(0, MAX_LOCATION_BYTES)
    .toString()
    .replace(/\ufffd+$/, "");
}

module.exports = { makeDraft, makeEnvelope, makeOwnEvent };
