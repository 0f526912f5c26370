"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

/** Replaces `file` in one step: whoever reads it sees the old content or the new one, never half. */
function writeAtomically(file, content, { mode = 0o600, owner = null, durable = true } = {}) {
  const temporary = `${file}.${crypto.randomBytes(6).toString("hex")}.tmp`;
  try {
    const descriptor = fs.openSync(temporary, "wx", mode);
    try {
      fs.writeFileSync(descriptor, content);
      // The umask may have narrowed the mode of an existing file that we replace.
      fs.fchmodSync(descriptor, mode);
      if (owner && process.getuid?.() === 0) fs.fchownSync(descriptor, owner.uid, owner.gid);
      if (durable) fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw named(error, file);
  }
}

/** The same, and makes the folder where it is missing. */
function writeInFolder(file, content, options) {
  try {
    writeAtomically(file, content, options);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    privateFolder(path.dirname(file));
    writeAtomically(file, content, options);
  }
}

function privateFolder(folder) {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.platform !== "win32") fs.chmodSync(folder, 0o700);
}

function readIfThere(file, encoding = "utf8") {
  try {
    return fs.readFileSync(file, encoding);
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw named(error, file);
  }
}

/** An error that came by a descriptor does not say which file it was. */
const named = (error, file) => (error.path === undefined ? Object.assign(error, { path: file }) : error);

/** What a JSON file holds, or null where there is none or it is broken: for our own files, which can be made anew. */
function readJson(file) {
  try {
    return JSON.parse(readIfThere(file));
  } catch {
    return null;
  }
}

function namesIn(folder) {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  }
}

/** The same for folders of others, into which we may not be allowed to look. */
function namesIfReadable(folder) {
  try {
    return namesIn(folder);
  } catch {
    return [];
  }
}

function filesUnder(folder) {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      return entry.isDirectory() ? filesUnder(file) : [file];
    });
}

const sha256 = (content) => crypto.createHash("sha256").update(content).digest("hex");

module.exports = {
  writeAtomically,
  writeInFolder,
  privateFolder,
  readIfThere,
  readJson,
  namesIn,
  namesIfReadable,
  filesUnder,
  sha256,
};
