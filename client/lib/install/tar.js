"use strict";
const fs = require("node:fs");
const path = require("node:path");
const zlib = require("node:zlib");

const BLOCK = 512;
const MAX_ARCHIVE_BYTES = 64 * 1024 * 1024;

/** Unpacks a gzipped tar of plain files, as npm packs them, into a folder. Throws for a path outside it. */
function unpack(body, folder) {
  const bytes = zlib.gunzipSync(body, { maxOutputLength: MAX_ARCHIVE_BYTES });
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const { name, size, type } = readHeader(bytes, at);
    const end = at + BLOCK + size;
    if (end > bytes.length) throw new Error("it ends too early");
    if (type === "0") writeFile(path.join(folder, checkName(name)), bytes.subarray(at + BLOCK, end));
    // Folders are created when a file needs them.
    else if (type !== "5") throw new Error(`"${name}" is no plain file`);
    at = at + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function readHeader(bytes, at) {
  const field = (from, length) => bytes.toString("utf8", at + from, at + from + length).replace(/\0.*$/s, "");
  const size = Number.parseInt(field(124, 12).trim(), 8);
  if (!Number.isSafeInteger(size) || size < 0) throw new Error("a size is none");
  const prefix = field(257, 5) === "ustar" ? field(345, 155) : "";
  return { name: prefix ? `${prefix}/${field(0, 100)}` : field(0, 100), size, type: field(156, 1) || "0" };
}

function checkName(name) {
  const parts = name.split("/");
  if (name === "" || /[\\:\0]/.test(name) || path.isAbsolute(name) || parts.includes("..") || parts[0] !== "package")
    throw new Error(`"${name}" would lie elsewhere`);
  return name;
}

function writeFile(file, content) {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, content, { mode: 0o600, flag: "wx" });
}

module.exports = { unpack };
