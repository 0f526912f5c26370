"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames, readIfExists, readJson, sha256, makePrivateFolder, writeAtomically } = require("../files.js");
const { describeFileError, UserError } = require("../user-error.js");
const { NotJson, parseWithPositions } = require("./json-text.js");
const { addEntries, removeEntries, hasExactEntries, findOwnEntries } = require("./settings-text.js");

const BOM = "\ufeff";

/**
 * Writes the wanted entries into a settings file. `undo` is the folder with records of the original content. Returns
 * {changed, backup}; throws UserError, with the file unchanged, if it can not be edited safely.
 */
function addHooks(file, wanted, undo) {
  const plan = planHooks(file, wanted, undo);
  if (plan === null) return { changed: false, backup: null };
  const { current, before, after } = plan;
  // A file with our entries is not worth a backup: the record has the content before them, and later changes stay.
  const backup = replaceFile(file, current, after, { withBackup: current !== null && !hasOwnEntries(current) });
  makePrivateFolder(undo);
  writeAtomically(recordFile(file, undo), JSON.stringify({ file, before, after: sha256(after) }));
  return { changed: true, backup };
}

/**
 * {current, before, after} of the file's text, or null if nothing is to be done; throws UserError as `addHooks` does.
 */
function planHooks(file, wanted, undo) {
  const current = readSettings(file);
  if (current !== null && hasExactEntries(toJson(current), wanted)) return null;
  refuseReadOnly(resolveTarget(file));
  const before = current === null ? null : removeOwn(file, current, undo);
  return { current, before, after: rewrite(before ?? "", (text) => addEntries(text, wanted)) };
}

/** Removes our entries; if nothing else changed the file, it becomes the original, byte for byte. */
function removeHooks(file, undo) {
  const current = readSettings(file);
  const hadEntries = current !== null && findOwnEntries(toJson(current)).length > 0;
  if (hadEntries) restoreFile(file, current, removeOwn(file, current, undo));
  fs.rmSync(recordFile(file, undo), { force: true });
  return hadEntries;
}

/** What `status` needs: {there, valid, settings, entries}, and `reason` if the file is invalid. */
function inspectSettings(file) {
  try {
    const text = readSettings(file);
    if (text === null) return { there: false, valid: true, settings: {}, entries: [] };
    return { there: true, valid: true, settings: JSON.parse(toJson(text)), entries: findOwnEntries(toJson(text)) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {
      there: true,
      valid: false,
      settings: {},
      entries: [],
      reason: error.message.replace(/(?:, so Claude Code|; \w+ it) .*$|\. Nothing was changed\.$/s, ""),
    };
  }
}

function readSettings(file) {
  const text = readText(file);
  if (text === null) return null;
  try {
    const root = parseWithPositions(toJson(text));
    if (root.type !== "object")
      throw new UserError(`${file} should hold a JSON object; fix it and try again. Nothing was changed.`);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw new UserError(
      `${file} is not valid JSON (${error.message}), so Claude Code ignores it; fix it and try again. ` +
        "Nothing was changed.",
    );
  }
  return text;
}

/** The target of a dangling link is created; a circular link is an error. */
function readText(file) {
  try {
    return readIfExists(file);
  } catch (error) {
    throw explainError(error, file);
  }
}

function explainError(error, file) {
  const description = describeFileError(error, file);
  return description ? new UserError(`${description.text}; ${description.remedy}. Nothing was changed.`) : error;
}

/** An empty file counts as an empty object, as in Claude Code. */
const toJson = (text) => (withoutBom(text).trim() === "" ? "{}" : withoutBom(text));

const withoutBom = (text) => (text.startsWith(BOM) ? text.slice(BOM.length) : text);

function rewrite(text, edit) {
  const ending = withoutBom(text).trim() === "" ? "\n" : "";
  return (text.startsWith(BOM) ? BOM : "") + edit(toJson(text)) + ending;
}

function removeOwn(file, current, undo) {
  if (findOwnEntries(toJson(current)).length === 0) return current;
  const record = readJson(recordFile(file, undo));
  if (record?.file === file && record.after === sha256(current)) return record.before;
  return rewrite(current, removeEntries);
}

/** The settings files to which Memfog has written. */
const listRecordedFiles = (undo) =>
  listNames(undo)
    .map((name) => readJson(path.join(undo, name))?.file)
    .filter((file) => typeof file === "string");

/** One record per settings file, to distinguish an original empty list or missing file from what we leave behind. */
const recordFile = (file, undo) => path.join(undo, `${sha256(file).slice(0, 16)}.json`);

function restoreFile(file, current, before) {
  if (before === null) fs.unlinkSync(resolveLink(file));
  else replaceFile(file, current, before, { withBackup: false });
  const backups = fs
    .readdirSync(path.dirname(file))
    .filter((name) => name.startsWith(backupStem(file)))
    .sort()
    .map((name) => path.join(path.dirname(file), name));
  // A backup that equals the file, or has our entries, is no longer needed. Of the others only the first is kept.
  const needed = backups.filter((backup) => readIfExists(backup) !== before && !hasOwnEntries(readIfExists(backup)));
  for (const backup of backups) if (backup !== needed[0]) fs.unlinkSync(backup);
}

function hasOwnEntries(text) {
  try {
    return findOwnEntries(toJson(text)).length > 0;
  } catch {
    // No JSON: it is the user's own.
    return false;
  }
}

const backupStem = (file) => `${path.basename(file)}.before-memfog-`;

function replaceFile(file, expected, content, { withBackup = true } = {}) {
  const target = resolveLink(file);
  makeFolder(path.dirname(target));
  refuseReadOnly(target);
  const stat = fs.statSync(target, { throwIfNoEntry: false });
  const backup = stat && withBackup ? writeBackup(file, expected, stat) : null;
  if (readIfExists(file) !== expected)
    throw new UserError(`${file} was changed by another program at this moment; run the command again.`);
  writeFile(target, content, stat);
  return backup;
}

function resolveTarget(file) {
  try {
    const target = resolveLink(file);
    fs.statSync(target, { throwIfNoEntry: false });
    return target;
  } catch (error) {
    throw explainError(error, file);
  }
}

function makeFolder(folder) {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw explainError(error, folder);
  }
}

/** A rename would replace a read-only file, but a tool (Nix, a dotfile manager) made it read-only on purpose. */
function refuseReadOnly(target) {
  const stat = fs.statSync(target, { throwIfNoEntry: false });
  if (stat && (stat.mode & 0o222) === 0)
    throw new UserError(
      `${target} is read-only; make it writable (chmod u+w), or let the tool that manages it add the hooks. ` +
        "Nothing was changed.",
    );
}

function writeFile(target, content, stat) {
  try {
    writeAtomically(target, content, { mode: stat ? stat.mode & 0o777 : 0o600, owner: stat ?? null });
  } catch (error) {
    throw explainError(error, target);
  }
}

function writeBackup(file, content, stat) {
  const stamp = new Date().toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const backup = path.join(path.dirname(file), `${backupStem(file)}${stamp}`);
  writeFile(backup, content, stat);
  return backup;
}

/** The target of a symbolic link, even if it does not exist yet: dotfile managers keep the real file elsewhere. */
function resolveLink(file, depth = 0) {
  const isLink = fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  if (!isLink || depth > 40) return file;
  return resolveLink(path.resolve(path.dirname(file), fs.readlinkSync(file)), depth + 1);
}

module.exports = { addHooks, planHooks, removeHooks, listRecordedFiles, inspectSettings };
