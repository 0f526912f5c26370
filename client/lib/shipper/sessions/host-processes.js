"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames, makePrivateFolder, readJson, sha256, statOf } = require("../../files.js");
const { derivedId } = require("../events/derived-id.js");
const { hasPausedSince } = require("../../privacy/pause.js");
const { spoolEvent } = require("../spool/spool-event.js");
const { describeProcess, folderOfProcess, hasEnded, processNamespace } = require("./processes.js");

const SUFFIX = ".host";
// The program of a host, or the script that its Node runs. Another program between the host and the hook may end at
// any time.
const HOST_PROGRAM = /(?:^|[\\/])claude(?:\.exe)?$|[\\/]claude[\\/]versions[\\/]|[\\/]claude-(?:code|agent-sdk)[\\/]/;
const SHELL = /(?:^|[\\/])-?(?:ba|da|z|k|fi)?sh$|(?:^|[\\/])busybox$/;
const MAX_SHELLS = 3;
// A process that starts within the same second as the hook may be older than it.
const CLOCK_TOLERANCE_MS = 1_500;
// A process that fires two hooks outlives a hook: it is the host.
const MIN_HOOKS = 2;
const MAX_OTHERS = 4;
const RENEWAL_MS = 5_000;
const ALIVE_INTERVAL_MS = 60_000;

/**
 * Notes which process runs a session: one file for each session. No hook runs when the host is killed. A process that
 * is not recognized as a host is not noted. A session that another process continues belongs to the other one, and to
 * the first one as long as that runs, too: two terminals may resume one session.
 */
function noteHost(paths, { hook, time, root, entrypoint, hostPid, payload: { value } }) {
  const { session_id: session, transcript_path: transcript, cwd } = value ?? {};
  if (typeof session !== "string") return;
  const file = path.join(paths.transcripts, `${sha256(session).slice(0, 32)}${SUFFIX}`);
  if (hook === "session_end") return removeNote(file);
  const [namespace, lastMs, known] = [processNamespace(), Number(time / 1_000_000n), readJson(file)];
  const isKnown = hostPid !== null && known?.hookPid === hostPid && known.namespace === namespace;
  // Where a session is resumed, the new process may have the id of the old one: in a container it usually has.
  if (isKnown && hook !== "session_start" && !isDue(known, lastMs)) return;
  const host = hostPid === null ? null : findHost(hostPid, lastMs, [root, cwd]);
  if (!host && !isKnown) return removeNote(file);
  const about = { session, transcript: isAbsolute(transcript) ? transcript : null, cwd, root, entrypoint };
  makePrivateFolder(paths.transcripts);
  const noted = countHook(host ?? known, known);
  writeNote(file, {
    ...about,
    hookPid: hostPid,
    namespace,
    lastMs,
    ...noted,
    others: listOthers(noted, known, namespace),
  });
}

const isAbsolute = (file) => typeof file === "string" && path.isAbsolute(file) && !file.includes("\0");

const isDue = (known, lastMs) => known.hooks < MIN_HOOKS || Math.abs(lastMs - known.lastMs) > RENEWAL_MS;

/** The process of a host, with how many of its hooks were seen. */
function countHook({ pid, start }, known) {
  return { pid, start, hooks: known?.pid === pid && known.start === start ? known.hooks + 1 : 1 };
}

/** The other processes that were seen to run the session and have not ended. */
function listOthers(noted, known, namespace) {
  const earlier = known?.namespace === namespace ? [known, ...(known.others ?? [])] : [];
  const others = earlier.filter(
    ({ pid, start }) => (pid !== noted.pid || start !== noted.start) && isRunning(pid, start),
  );
  return others.slice(0, MAX_OTHERS).map(({ pid, start }) => ({ pid, start }));
}

const isRunning = (pid, start) => Number.isSafeInteger(pid) && !hasEnded({ pid, start });

const writeNote = (file, note) => fs.writeFileSync(file, JSON.stringify(note), { mode: 0o600 });

/** The host that started a hook, itself or through shells: older than the hook, at work in one of the folders. */
function findHost(hookPid, hookMs, folders) {
  let one = describeProcess(hookPid);
  for (let shells = 0; one && !isHost(one) && isShell(one) && shells < MAX_SHELLS; shells += 1)
    one = describeProcess(one.parent);
  const isOlder = one && one.startMs <= hookMs + CLOCK_TOLERANCE_MS;
  return isOlder && !one.isDead && isHost(one) && worksIn(one, folders) ? one : null;
}

/**
 * Whether a process works in one of these folders, or the system does not tell: one of another container, whose hook
 * is read here, may have the same id.
 */
function worksIn({ pid }, folders) {
  const folder = folderOfProcess(pid);
  return folder === null || folders.some((one) => isAbsolute(one) && isInside(folder, realPathOf(one)));
}

const isInside = (folder, parent) => folder === parent || folder.startsWith(path.join(parent, path.sep));

function realPathOf(folder) {
  try {
    return fs.realpathSync(folder);
  } catch {
    return folder;
  }
}

const isShell = ({ command }) => SHELL.test(command[0] ?? "");

const isHost = ({ command }) => command.slice(0, 2).some((word) => HOST_PROGRAM.test(word));

// When each process was first seen to have ended.
const endedAt = new Map();

/**
 * Adds to the spool the end of each session whose host has ended for `graceMs`: its last hooks may still run, or
 * another process may continue the session. Returns how many sessions wait for that.
 */
function checkHosts(paths, graceMs, now = Date.now()) {
  const names = listNames(paths.transcripts).filter((name) => name.endsWith(SUFFIX));
  const files = names.map((name) => path.join(paths.transcripts, name));
  const notes = new Map(files.map((file) => [file, readJson(file)]));
  const counts = countProcesses(notes.values());
  return files.filter((file) => {
    const note = notes.get(file);
    return isEnding(paths, file, note, { graceMs, now, isShared: counts.get(processKey(note)) > 1 });
  }).length;
}

const processKey = (note) => `${note?.namespace} ${note?.pid} ${note?.start}`;

function countProcesses(notes) {
  const counts = new Map();
  for (const note of notes) counts.set(processKey(note), (counts.get(processKey(note)) ?? 0) + 1);
  return counts;
}

/**
 * `isShared`: one process cannot run two sessions at once, so one of the two is of another container with equal ids and
 * folders. Then no end is certain, nor where capture was paused since the last hook: another process may have gone on.
 */
function isEnding(paths, file, note, { graceMs, now, isShared }) {
  if (!Number.isSafeInteger(note?.pid)) return removeNote(file);
  // A shipper in that namespace handles it; otherwise the note is removed with those of old transcripts.
  if (note.namespace !== processNamespace()) return false;
  if (!hasEnded(note)) return noteAlive(file, now);
  const other = note.others?.find(({ pid, start }) => isRunning(pid, start));
  if (other) return passOn(file, note, other);
  if (isShared || hasPausedSince(paths, note.lastMs)) return removeNote(file);
  if (!endedAt.has(file)) endedAt.set(file, now);
  if (now - endedAt.get(file) < graceMs) return true;
  const { lastSign, isWritten } = readSigns(file, note, endedAt.get(file));
  if (note.hooks >= MIN_HOOKS && !isWritten) spoolEvent(paths, endEvent(note, Math.min(lastSign, now) + 1));
  removeNote(file);
  return true;
}

/** When the session was last known to live, and whether its transcript was written after its host had ended. */
function readSigns(file, { transcript, lastMs }, endedMs) {
  const [seen, written] = [file, transcript].map((one) => (one && statOf(one)?.mtimeMs) ?? 0);
  return { lastSign: Math.floor(Math.max(lastMs, seen, written)), isWritten: written > endedMs };
}

function noteAlive(file, now) {
  endedAt.delete(file);
  if (now - (statOf(file)?.mtimeMs ?? now) > ALIVE_INTERVAL_MS) fs.utimesSync(file, now / 1_000, now / 1_000);
  return false;
}

/** The session is that of another process, which was seen before. */
function passOn(file, note, other) {
  const others = note.others.filter((one) => one !== other);
  endedAt.delete(file);
  writeNote(file, { ...note, ...other, others, hookPid: null, hooks: MIN_HOOKS });
  return false;
}

function removeNote(file) {
  fs.rmSync(file, { force: true });
  endedAt.delete(file);
  return false;
}

/** The id follows from the session and the process, so that there is one such event. */
function endEvent({ session, transcript, cwd, root, entrypoint, pid, start }, endMs) {
  const payload = { session_id: session, transcript_path: transcript ?? undefined, cwd };
  return {
    name: "session_end",
    id: derivedId("host", session, String(pid), start),
    time: BigInt(endMs) * 1_000_000n,
    root: root ?? "",
    entrypoint: entrypoint ?? undefined,
    payload: JSON.stringify({ ...payload, hook_event_name: "SessionEnd", reason: "process_gone" }),
  };
}

module.exports = { noteHost, checkHosts };
