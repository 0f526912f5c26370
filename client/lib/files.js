"use strict";
const fs = require("node:fs");
const path = require("node:path");

// Loaded when it is used: it takes a tenth of the time of a session's start.
const loadCrypto = () => require("node:crypto");

/** Replaces `file` in one step: a reader sees the old content or the new one, never a part. */
function writeAtomically(file, content, { mode = 0o600, owner = null, durable = true } = {}) {
  const temporary = `${file}.${loadCrypto().randomBytes(6).toString("hex")}.tmp`;
  try {
    const descriptor = fs.openSync(temporary, "wx", mode);
    try {
      fs.writeFileSync(descriptor, content);
      // The umask may have narrowed the mode of the existing file.
      fs.fchmodSync(descriptor, mode);
      if (owner && process.getuid?.() === 0) fs.fchownSync(descriptor, owner.uid, owner.gid);
      if (durable) fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw withPath(error, file);
  }
}

/** Like `writeAtomically`, and creates the folder if it is missing. */
function writeCreatingFolder(file, content, options) {
  try {
    writeAtomically(file, content, options);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    makePrivateFolder(path.dirname(file));
    writeAtomically(file, content, options);
  }
}

function makePrivateFolder(folder) {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.platform !== "win32") fs.chmodSync(folder, 0o700);
}

function readIfExists(file, encoding = "utf8") {
  try {
    return fs.readFileSync(file, encoding);
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw withPath(error, file);
  }
}

/** An error from a descriptor does not name the file. */
const withPath = (error, file) => (error.path === undefined ? Object.assign(error, { path: file }) : error);

/** The content of a JSON file, or null if it is missing or broken: for our own files, which can be created again. */
function readJson(file) {
  try {
    return JSON.parse(readIfExists(file));
  } catch {
    return null;
  }
}

/** Null for a file that is not there or that this user may not look at; a payload may name any. */
function statOf(file) {
  try {
    return fs.statSync(file);
  } catch {
    return null;
  }
}

function listNames(folder) {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  }
}

/** Like `listNames`, for folders that may be unreadable. */
function listIfReadable(folder) {
  try {
    return listNames(folder);
  } catch {
    return [];
  }
}

function listFiles(folder) {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      return entry.isDirectory() ? listFiles(file) : [file];
    });
}

const sha256 = (content) => loadCrypto().createHash("sha256").update(content).digest("hex");

module.exports = {
  writeAtomically,
  writeCreatingFolder,
  makePrivateFolder,
  readIfExists,
  readJson,
  listNames,
  listIfReadable,
  listFiles,
  sha256,
  statOf,
};
