"use strict";
const crypto = require("node:crypto");
const os = require("node:os");
const { name, version } = require("../../package.json");
const { derivedId } = require("./derived-id.js");
const { digestOfPayload } = require("./firings.js");
const { redactJson, redactText } = require("../redact/redact.js");
const { readPayload } = require("./payload.js");
const { shrink } = require("./shrink.js");
const { Unfit } = require("./unfit.js");

// Below the server's 1 MiB for one event, so that a difference in counting costs no second round.
const EVENT_LIMIT = 1024 * 1024 - 4096;
const PATH_LIMIT = 4096;
const NAME_LIMIT = 200;
// 1970 to 9999: beyond lies no time that a clock could mean.
const LAST_TIME = 253_402_300_799_000_000_000n;

/** What can be told of one spool file before its neighbours are known: {id, time, hook, root, payload, toolUse}. */
function draft(entry, spooled, machine) {
  const payload = readPayload(spooled);
  return {
    entry,
    hook: spooled.hook,
    registration: spooled.registration ?? "",
    about: digestOfPayload(spooled),
    root: spooled.root,
    payload,
    time: within(spooled.time ?? entry.time),
    id: spooled.id ?? mint(machine, entry, spooled.digest),
    toolUse: textOr(payload.value?.tool_use_id, null),
    isDerived: spooled.id !== undefined,
  };
}

const within = (time) => (time < 0n ? 0n : time > LAST_TIME ? LAST_TIME : time);

/** The event as the server wants it, in JSON text, without secrets; what is none is in it letter by letter. */
function envelope({ id, time, hook, root, payload, isDerived }, { repoOf, branchOf }) {
  const folder = pathText(textOr(payload.value?.cwd, "") || root);
  const [project, start] = [folder, pathText(root)].map((path) => redactText(path).text);
  const optional = {
    root: start || undefined,
    repo: repoOf(folder) ?? undefined,
    client: clientWith(payload.kinds, isDerived ? {} : { branch: branchOf(folder), host: hostOf(payload) }),
  };
  const head = JSON.stringify({ id, ts: timestamp(time), project, schema_version: 1 });
  const mark = payload.as ? `,"data_as":${JSON.stringify(payload.as)}` : "";
  const kind = isKind(hook)
    ? `{"type":${JSON.stringify(hook)},"data":${payload.text}}`
    : `{"type":"HookEvent","data":{"hook":${JSON.stringify(hook)},"data":${payload.text}${mark}}}`;
  const text = `${head.slice(0, -1)},"kind":${kind},${JSON.stringify(optional).slice(1)}`;
  return fitted(text);
}

/** Hooks are written small; a kind of our own, such as Usage, is not a hook's. */
const isKind = (name) => /^[A-Z]/.test(name);

function fitted(text) {
  if (Buffer.byteLength(text) <= EVENT_LIMIT) return text;
  const small = shrink(text, EVENT_LIMIT);
  if (small === null) throw new Unfit("this event can not be made small enough");
  return small;
}

/** Claude Code names the session in each payload. What does not is kept, and not told as Claude Code's. */
const hostOf = ({ value, as }) => (as === undefined && textOr(value?.session_id, null) === null ? "unknown" : null);

/**
 * Who sent it and from where, and how many secrets of each kind were taken out. What is past was on a branch nobody
 * knows.
 */
const clientWith = (kinds, { branch = null, host = null } = {}) => ({
  name,
  version,
  ...(host ? { host } : {}),
  machine: redactText(os.hostname()).text.slice(0, NAME_LIMIT),
  ...(branch ? { branch: redactText(branch).text.slice(0, NAME_LIMIT) } : {}),
  ...(Object.keys(kinds).length ? { redactions: kinds } : {}),
});

/** An event of our own making, such as SpoolDropped: {id, time, text}. */
function ownEvent(type, data) {
  const time = BigInt(Date.now()) * 1_000_000n;
  const id = crypto.randomUUID();
  const { text, kinds } = redactJson(JSON.stringify(data));
  const event = { id, ts: timestamp(time), project: "", schema_version: 1, client: clientWith(kinds) };
  return {
    id,
    time,
    text: `${JSON.stringify(event).slice(0, -1)},"kind":{"type":${JSON.stringify(type)},"data":${text}}}`,
  };
}

/**
 * The id follows from the file, so that a crash between any two steps mints no second one (UUID version 8, RFC 9562).
 */
const mint = (machine, entry, digest) => derivedId(machine, entry.name, entry.time, digest);

/** RFC 3339 to the microsecond, from nanoseconds. */
function timestamp(time) {
  const microseconds = String((time / 1000n) % 1000n).padStart(3, "0");
  return new Date(Number(time / 1_000_000n)).toISOString().replace("Z", `${microseconds}Z`);
}

const textOr = (value, other) => (typeof value === "string" ? value : other);

/** A path within the server's bounds: no NUL, no lone surrogate, 4,096 bytes. */
function pathText(text) {
  const bytes = Buffer.from(text.replaceAll("\0", "").toWellFormed());
  if (bytes.length <= PATH_LIMIT) return bytes.toString();
  return bytes
    .subarray(0, PATH_LIMIT)
    .toString()
    .replace(/\ufffd+$/, "");
}

module.exports = { draft, envelope, ownEvent };
