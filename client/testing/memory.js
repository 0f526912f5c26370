"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const MEMORY = "/dev/shm"; // a RAM disk that every Linux has
const ROOM = 4 * 1024 ** 3; // bytes

/**
 * A new folder with a name of this prefix. It is in memory if there is space and programs can run there, so that no
 * test waits for a disk to sync.
 */
const newFolder = (name) => fs.realpathSync(fs.mkdtempSync(path.join(root(), name)));

let known = null;

/** The folder for test files, chosen once in each process. */
function root() {
  known ??= hasRoom() && runsPrograms() ? MEMORY : os.tmpdir();
  return known;
}

function hasRoom() {
  if (!fs.existsSync(MEMORY)) return false;
  const { bavail, bsize } = fs.statfsSync(MEMORY);
  return bavail * bsize > ROOM;
}

/** Whether programs can run there: a container may mount it with `noexec`. */
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
