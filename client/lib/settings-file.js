"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { NotJson, parseWithPlaces } = require("./json-text.js");
const { readIfThere, readJson, sha256, privateFolder, writeAtomically } = require("./files.js");
const { addEntries, removeEntries, holdsExactly, ourEntries } = require("./settings-text.js");
const { Trouble } = require("./trouble.js");

const BOM = "\ufeff";

/**
 * Puts the wanted entries into a settings file. `undo` is the folder that remembers what was there before.
 * Returns {changed, backup}; throws Trouble, with the file untouched, where it can not be edited safely.
 */
function addTo(file, wanted, undo) {
  const plan = planFor(file, wanted, undo);
  if (plan === null) return { changed: false, backup: null };
  const { current, before, after } = plan;
  const backup = replace(file, current, after);
  privateFolder(undo);
  writeAtomically(memory(file, undo), JSON.stringify({ file, before, after: sha256(after) }));
  return { changed: true, backup };
}

/** {current, before, after} of the file's text, or null where nothing is to be done; throws Trouble as `addTo` does. */
function planFor(file, wanted, undo) {
  const current = readSettings(file);
  if (current !== null && holdsExactly(body(current), wanted)) return null;
  refuseReadOnly(target(file));
  const before = current === null ? null : withoutOurs(file, current, undo);
  return { current, before, after: rewritten(before ?? "", (text) => addEntries(text, wanted)) };
}

/** Takes our entries out again; the file is as it was, to the byte, where nothing else changed it. */
function removeFrom(file, undo) {
  const current = readSettings(file);
  const isOurs = current !== null && ourEntries(body(current)).length > 0;
  if (isOurs) restore(file, current, withoutOurs(file, current, undo));
  fs.rmSync(memory(file, undo), { force: true });
  return isOurs;
}

/** What `status` needs to know: {there, valid, settings, entries}, and the `reason` where it is not valid. */
function inspect(file) {
  try {
    const text = readSettings(file);
    if (text === null) return { there: false, valid: true, settings: {}, entries: [] };
    return { there: true, valid: true, settings: JSON.parse(body(text)), entries: ourEntries(body(text)) };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return { there: true, valid: false, settings: {}, entries: [], reason: error.message.replace(/(?:, so Claude Code|; mend it) .*$/s, "") };
  }
}

function readSettings(file) {
  const text = readIfThere(file);
  if (text === null) return null;
  try {
    const root = parseWithPlaces(body(text));
    if (root.type !== "object") throw new Trouble(`${file} should hold a JSON object; mend it and try again. Nothing was changed.`);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw new Trouble(`${file} is not valid JSON (${error.message}), so Claude Code ignores it; mend it and try again. Nothing was changed.`);
  }
  return text;
}

/** An empty file counts as an empty object, as Claude Code has it. */
const body = (text) => (bare(text).trim() === "" ? "{}" : bare(text));

const bare = (text) => (text.startsWith(BOM) ? text.slice(BOM.length) : text);

function rewritten(text, edit) {
  const ending = bare(text).trim() === "" ? "\n" : "";
  return (text.startsWith(BOM) ? BOM : "") + edit(body(text)) + ending;
}

function withoutOurs(file, current, undo) {
  if (ourEntries(body(current)).length === 0) return current;
  const remembered = readJson(memory(file, undo));
  if (remembered?.file === file && remembered.after === sha256(current)) return remembered.before;
  return rewritten(current, removeEntries);
}

/** One small file for each settings file, so that an empty list or a missing file can be told from what we leave. */
const memory = (file, undo) => path.join(undo, `${sha256(file).slice(0, 16)}.json`);

function restore(file, current, before) {
  if (before === null) fs.unlinkSync(target(file));
  else replace(file, current, before, { withBackup: false });
  for (const name of fs.readdirSync(path.dirname(file))) {
    const backup = path.join(path.dirname(file), name);
    // A backup that says the same as the file has done its work; any other is the user's to keep.
    if (name.startsWith(backupStem(file)) && before !== null && readIfThere(backup) === before) fs.unlinkSync(backup);
  }
}

const backupStem = (file) => `${path.basename(file)}.before-memfog-`;

function replace(file, expected, content, { withBackup = true } = {}) {
  const real = target(file);
  fs.mkdirSync(path.dirname(real), { recursive: true, mode: 0o700 });
  refuseReadOnly(real);
  const stat = fs.statSync(real, { throwIfNoEntry: false });
  const backup = stat && withBackup ? keepCopy(file, expected, stat) : null;
  if (readIfThere(file) !== expected) throw new Trouble(`${file} was changed by another program at this moment; run the command again.`);
  write(real, content, stat);
  return backup;
}

/** A rename would replace a read-only file all the same, but whoever made it so (Nix, a dotfile manager) meant it. */
function refuseReadOnly(real) {
  const stat = fs.statSync(real, { throwIfNoEntry: false });
  if (stat && (stat.mode & 0o222) === 0) throw new Trouble(`${real} is read-only; make it writable (chmod u+w), or let the tool that manages it add the hooks. Nothing was changed.`);
}

function write(real, content, stat) {
  try {
    writeAtomically(real, content, { mode: stat ? stat.mode & 0o777 : 0o600, owner: stat ?? null });
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS", "ENOSPC"].includes(error.code)) throw error;
    throw new Trouble(`${real} can not be written (${error.code}); check the folder's permissions and space. Nothing was changed.`);
  }
}

function keepCopy(file, content, stat) {
  const stamp = new Date().toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const backup = path.join(path.dirname(file), `${backupStem(file)}${stamp}`);
  write(backup, content, stat);
  return backup;
}

/** The file a symbolic link leads to, even one that does not exist yet: dotfile managers keep the real one elsewhere. */
function target(file, depth = 0) {
  const isLink = fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  if (!isLink || depth > 40) return file;
  return target(path.resolve(path.dirname(file), fs.readlinkSync(file)), depth + 1);
}

module.exports = { addTo, planFor, removeFrom, inspect };
