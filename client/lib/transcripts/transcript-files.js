"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { linesOf, objectIn } = require("./lines.js");

const AGENT = /^agent-/;

/**
 * Claude Code's transcripts in these config roots as [{file, root, size, mtimeMs}], each once even if links lead to it
 * twice. Those of sessions come before those of subagents, because a session's prompt decides whether its effects may
 * be sent. The oldest come first, so that a forked session comes after its origin. Calls `onSkipped(file, reason)` for
 * each unreadable file.
 */
function findTranscripts(roots, { onSkipped = () => {} } = {}) {
  const all = new Map();
  for (const root of roots)
    for (const file of listTranscripts(projectsOf(root), onSkipped))
      if (!all.has(resolveLink(file))) all.set(resolveLink(file), { file, root });
  const transcripts = [...all.values()]
    .map(({ file, root }) => describeTranscript(file, root, onSkipped))
    .filter(Boolean);
  return transcripts.sort((a, b) => Number(a.isAgent) - Number(b.isAgent) || a.startTime - b.startTime);
}

const projectsOf = (root) => path.join(root, "projects");

function resolveLink(file) {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}

/** Whether there are any, without reading each. */
const hasTranscripts = (root) => listTranscripts(projectsOf(root)).length > 0;

function listTranscripts(folder, onSkipped = () => {}) {
  return listEntries(folder, onSkipped).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    const isNamed = entry.name.endsWith(".jsonl");
    if (entry.isDirectory()) {
      if (isNamed) onSkipped(file, "is a folder");
      return listTranscripts(file, onSkipped);
    }
    if (!isNamed) return [];
    if (entry.isFile() || isLinkToFile(file)) return [file];
    onSkipped(file, entry.isSymbolicLink() ? "is a link that leads to no file" : "is no file");
    return [];
  });
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

function isLinkToFile(file) {
  try {
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function describeTranscript(file, root, onSkipped) {
  try {
    const { size, mtimeMs } = fs.statSync(file);
    return { file, root, size, mtimeMs, startTime: findStartTime(file), isAgent: AGENT.test(path.basename(file)) };
  } catch (error) {
    onSkipped(file, describeReadError(error));
    return null;
  }
}

const READ_ERRORS = {
  EACCES: "may not be read by you",
  EPERM: "may not be read by you",
  ENOENT: "is gone",
  EISDIR: "is a folder",
  ELOOP: "is a link to itself",
  EIO: "lies on a disk that fails",
};

/** Describes why a file can not be read. */
const describeReadError = (error) => READ_ERRORS[error.code] ?? `can not be read (${error.code ?? error.message})`;

/**
 * The time of the first line that is not copied from another session: file times are unreliable, since the file may be
 * a copy.
 */
function findStartTime(file) {
  for (const { text } of linesOf(file)) {
    const line = text?.includes('"timestamp"') ? objectIn(text) : null;
    if (line && !line.forkedFrom && Number.isFinite(Date.parse(line.timestamp))) return Date.parse(line.timestamp);
  }
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** The transcript of the session to which this one belongs; those of workflows lie deeper than other subagents. */
function parentOf(file) {
  const at = file.lastIndexOf(`${path.sep}subagents${path.sep}`);
  return at < 0 ? file : `${file.slice(0, at)}.jsonl`;
}

/** A session's transcript and those of its subagents, as far as they exist. */
const familyOf = (parent) =>
  [parent, ...listTranscripts(path.join(parent.slice(0, -".jsonl".length), "subagents"))].filter((file) =>
    fs.existsSync(file),
  );

module.exports = { findTranscripts, hasTranscripts, parentOf, familyOf, describeReadError };
