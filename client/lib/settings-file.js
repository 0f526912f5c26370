"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { namesIn, readIfThere, readJson, sha256, privateFolder, writeAtomically } = require("./files.js");
const { NotJson, parseWithPositions } = require("./json-text.js");
const { addEntries, removeEntries, holdsExactly, ourEntries } = require("./settings-text.js");
const { describeFileError, UserError } = require("./user-error.js");

const BOM = "\ufeff";

/**
 * Puts the wanted entries into a settings file. `undo` is the folder that remembers what was there before.
 * Returns {changed, backup}; throws UserError, with the file untouched, where it can not be edited safely.
 */
function addTo(file, wanted, undo) {
  const plan = planFor(file, wanted, undo);
  if (plan === null) return { changed: false, backup: null };
  const { current, before, after } = plan;
  // What holds entries of ours is no state to go back to: what was before them is remembered, and what came since
  // stays.
  const backup = replace(file, current, after, { withBackup: current !== null && !holdsOurs(current) });
  privateFolder(undo);
  writeAtomically(memory(file, undo), JSON.stringify({ file, before, after: sha256(after) }));
  return { changed: true, backup };
}

/** {current, before, after} of the file's text, or null if nothing is to be done; throws UserError as `addTo` does. */
function planFor(file, wanted, undo) {
  const current = readSettings(file);
  if (current !== null && holdsExactly(body(current), wanted)) return null;
  refuseReadOnly(targetOf(file));
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
  const text = textOf(file);
  if (text === null) return null;
  try {
    const root = parseWithPositions(body(text));
    if (root.type !== "object")
      throw new UserError(`${file} should hold a JSON object; mend it and try again. Nothing was changed.`);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw new UserError(
      `${file} is not valid JSON (${error.message}), so Claude Code ignores it; mend it and try again. ` +
        "Nothing was changed.",
    );
  }
  return text;
}

/** A file behind a dangling link is made; a link that leads in a circle is told. */
function textOf(file) {
  try {
    return readIfThere(file);
  } catch (error) {
    throw notChanged(error, file);
  }
}

function notChanged(error, file) {
  const known = describeFileError(error, file);
  return known ? new UserError(`${known.text}; ${known.remedy}. Nothing was changed.`) : error;
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

/** The settings files that hold, or held, what Memfog wrote. */
const rememberedFiles = (undo) =>
  namesIn(undo)
    .map((name) => readJson(path.join(undo, name))?.file)
    .filter((file) => typeof file === "string");

/** One small file for each settings file, so that an empty list or a missing file can be told from what we leave. */
const memory = (file, undo) => path.join(undo, `${sha256(file).slice(0, 16)}.json`);

function restore(file, current, before) {
  if (before === null) fs.unlinkSync(target(file));
  else replace(file, current, before, { withBackup: false });
  const backups = fs
    .readdirSync(path.dirname(file))
    .filter((name) => name.startsWith(backupStem(file)))
    .sort()
    .map((name) => path.join(path.dirname(file), name));
  // One that says the same as the file, or holds our entries, has done its work. Of the others the first is the user's
  // to miss.
  const missed = backups.filter((backup) => readIfThere(backup) !== before && !holdsOurs(readIfThere(backup)));
  for (const backup of backups) if (backup !== missed[0]) fs.unlinkSync(backup);
}

function holdsOurs(text) {
  try {
    return ourEntries(body(text)).length > 0;
  } catch {
    // No JSON: the user's own.
    return false;
  }
}

const backupStem = (file) => `${path.basename(file)}.before-memfog-`;

function replace(file, expected, content, { withBackup = true } = {}) {
  const real = target(file);
  makeFolder(path.dirname(real));
  refuseReadOnly(real);
  const stat = fs.statSync(real, { throwIfNoEntry: false });
  const backup = stat && withBackup ? keepCopy(file, expected, stat) : null;
  if (readIfThere(file) !== expected)
    throw new UserError(`${file} was changed by another program at this moment; run the command again.`);
  write(real, content, stat);
  return backup;
}

function targetOf(file) {
  try {
    const real = target(file);
    fs.statSync(real, { throwIfNoEntry: false });
    return real;
  } catch (error) {
    throw notChanged(error, file);
  }
}

function makeFolder(folder) {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw notChanged(error, folder);
  }
}

/** A rename would replace a read-only file all the same, but whoever made it so (Nix, a dotfile manager) meant it. */
function refuseReadOnly(real) {
  const stat = fs.statSync(real, { throwIfNoEntry: false });
  if (stat && (stat.mode & 0o222) === 0)
    throw new UserError(
      `${real} is read-only; make it writable (chmod u+w), or let the tool that manages it add the hooks. ` +
        "Nothing was changed.",
    );
}

function write(real, content, stat) {
  try {
    writeAtomically(real, content, { mode: stat ? stat.mode & 0o777 : 0o600, owner: stat ?? null });
  } catch (error) {
    throw notChanged(error, real);
  }
}

function keepCopy(file, content, stat) {
  const stamp = new Date().toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const backup = path.join(path.dirname(file), `${backupStem(file)}${stamp}`);
  write(backup, content, stat);
  return backup;
}

/**
 * The file a symbolic link leads to, even one that does not exist yet: dotfile managers keep the real one elsewhere.
 */
function target(file, depth = 0) {
  const isLink = fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  if (!isLink || depth > 40) return file;
  return target(path.resolve(path.dirname(file), fs.readlinkSync(file)), depth + 1);
}

module.exports = { addTo, planFor, removeFrom, rememberedFiles, inspect };
