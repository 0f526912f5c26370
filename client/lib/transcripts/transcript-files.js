"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { linesOf, objectIn } = require("./lines.js");
const { TranscriptList } = require("./transcript-list.js");
const { UuidSet } = require("./import/uuid-set.js");

const AGENT = /^agent-/;
const PROJECTS = `${path.sep}projects${path.sep}`;
const SUBAGENTS = `${path.sep}subagents${path.sep}`;

/**
 * Claude Code's transcripts in these config roots as a TranscriptList, each once even if links lead to it twice. Those
 * of sessions come before those of subagents, because a session's prompt decides whether its effects may be sent. The
 * oldest come first, so that a forked session comes after its origin; one root comes after the other. Calls
 * `onSkipped(file, reason)` for each unreadable file, and `onSummary(file, line)` for each summary at the beginning of
 * a transcript.
 */
function findTranscripts(roots, { onSkipped = () => {}, onSummary = () => {} } = {}) {
  const transcripts = new TranscriptList();
  const [folders, linked] = [new UuidSet(), new Set()];
  /** A link beside its target, or a second link to it, adds nothing. */
  const isNew = (file) => {
    const real = resolveLink(file);
    return !folders.has(path.dirname(real)) && linked.size < linked.add(real).size;
  };
  for (const root of roots) {
    const from = transcripts.length;
    const links = [];
    for (const { file, isLink } of listTranscripts(projectsOf(root), onSkipped, folders))
      if (isLink) links.push(file);
      else addTranscript(transcripts, file, root, { onSkipped, onSummary });
    for (const file of links.filter(isNew)) addTranscript(transcripts, file, root, { onSkipped, onSummary });
    transcripts.sort(from);
  }
  return transcripts;
}

const projectsOf = (root) => path.join(root, "projects");

/** Whether a file may be one of the transcripts in these config roots. */
const isTranscriptIn = (roots, file) =>
  file.endsWith(".jsonl") && roots.some((root) => file.startsWith(projectsOf(root) + path.sep));

function resolveLink(file) {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}

/** Whether there are any, without reading each. */
const hasTranscripts = (root) => !listTranscripts(projectsOf(root)).next().done;

/**
 * Lists transcripts as {file, isLink}. Follows links to folders, and lists each real folder once, as `folders` knows
 * them: a link may lead to a folder above it.
 */
function* listTranscripts(folder, onSkipped = () => {}, folders = new UuidSet()) {
  const real = resolveLink(folder);
  if (folders.has(real)) return;
  folders.add(real);
  for (const entry of listEntries(folder, onSkipped)) {
    const file = path.join(folder, entry.name);
    const kind = kindOf(entry, file);
    const isNamed = entry.name.endsWith(".jsonl");
    if (isNamed && kind === "file") yield { file, isLink: entry.isSymbolicLink() };
    else if (isNamed || kind === NOWHERE) onSkipped(file, `is ${isNamed && kind === "folder" ? "a folder" : kind}`);
    if (kind === "folder") yield* listTranscripts(file, onSkipped, folders);
  }
}

const NOWHERE = "a link that leads to no file";

function kindOf(entry, file) {
  if (entry.isDirectory()) return "folder";
  if (entry.isFile()) return "file";
  if (!entry.isSymbolicLink()) return "no file";
  const target = statOf(file);
  if (target?.isDirectory()) return "folder";
  return target?.isFile() ? "file" : NOWHERE;
}

function listEntries(folder, onSkipped) {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    // Without the folder there is nothing to import.
    if (error.code !== "ENOENT") onSkipped(folder, describeReadError(error));
    return [];
  }
}

function statOf(file) {
  try {
    return fs.statSync(file);
  } catch {
    return null;
  }
}

function addTranscript(transcripts, file, root, { onSkipped, onSummary }) {
  try {
    const { size, mtimeMs } = fs.statSync(file);
    transcripts.add(file, root, { size, mtimeMs, startTime: findStartTime(file, onSummary) ?? mtimeMs });
  } catch (error) {
    onSkipped(file, describeReadError(error));
  }
}

const READ_ERRORS = {
  EACCES: "may not be read by you",
  EPERM: "may not be read by you",
  ENOENT: "does not exist",
  EISDIR: "is a folder",
  ELOOP: "is a link to itself",
  EIO: "lies on a disk that fails",
  ENOTDIR: "lies below a file",
  ENAMETOOLONG: "has a name too long for this disk",
  EMFILE: "can not be read, since too many files are open",
};

/** Describes why a file can not be read. */
const describeReadError = (error) => READ_ERRORS[error.code] ?? `can not be read: ${error.message}`;

/**
 * The time of the first line that is not copied from another session, or null: file times are unreliable, since the
 * file may be a copy.
 */
function findStartTime(file, onSummary) {
  for (const { text } of linesOf(file)) {
    const line = text?.includes('"timestamp"') || text?.includes('"leafUuid"') ? objectIn(text) : null;
    if (line?.type === "summary") onSummary(file, line);
    if (line && !line.forkedFrom && Number.isFinite(Date.parse(line.timestamp))) return Date.parse(line.timestamp);
  }
  return null;
}

/** The transcript of the session to which this one belongs; hosts up to 2.1.1 put those of subagents beside it. */
function parentOf(file, session) {
  return AGENT.test(path.basename(file)) ? mainFileOf(file, session) : file;
}

/** The transcript that the payloads of a session name. */
function mainFileOf(file, session) {
  const at = file.indexOf(SUBAGENTS, file.lastIndexOf(PROJECTS));
  return at >= 0 ? `${file.slice(0, at)}.jsonl` : path.join(path.dirname(file), `${session}.jsonl`);
}

/** A session's transcript and those of its subagents, as far as they exist. */
function familyOf(parent) {
  const subagents = listTranscripts(path.join(parent.slice(0, -".jsonl".length), "subagents"));
  return [parent, ...[...subagents].map(({ file }) => file)].filter((file) => fs.existsSync(file));
}

module.exports = { findTranscripts, hasTranscripts, isTranscriptIn, parentOf, mainFileOf, familyOf, describeReadError };
