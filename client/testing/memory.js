"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const MEMORY = "/dev/shm"; // Linux has it everywhere
const ROOM = 4 * 1024 ** 3; // bytes

/**
 * A new folder of that name: in memory, if there is room and programs run there, so that no test waits for a disk to
 * sync.
 */
const newFolder = (name) => fs.realpathSync(fs.mkdtempSync(path.join(root(), name)));

let known = null;

/** Where tests keep their files; chosen once in each process. */
function root() {
  known ??= hasRoom() && runsPrograms() ? MEMORY : os.tmpdir();
  return known;
}

function hasRoom() {
  if (!fs.existsSync(MEMORY)) return false;
  const { bavail, bsize } = fs.statfsSync(MEMORY);
  return bavail * bsize > ROOM;
}

/** A container may mount it without: no file there counts as a program then. */
function runsPrograms() {
  const folder = fs.mkdtempSync(path.join(MEMORY, "memfog-room-"));
  const program = path.join(folder, "program");
  try {
    fs.writeFileSync(program, "", { mode: 0o700 });
    fs.accessSync(program, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

module.exports = { newFolder, root };
