"use strict";
const fs = require("node:fs");
const vm = require("node:vm");

/**
 * Runs the joined program of the file `module`: the text beside it, as the body of that file. What V8 compiled of it is
 * kept for the next start, which saves a quarter of its time. Code of another version of Node is refused, and replaced.
 */
function runJoined(module, require) {
  const [text, code] = ["text", "code"].map((ending) => module.filename.replace(/js$/, ending));
  const script = new vm.Script(fs.readFileSync(text, "latin1"), { filename: text, cachedData: readCode(code) });
  if (script.cachedDataRejected !== false) process.on("exit", () => saveCode(code, script));
  script.runInThisContext()(module, require);
}

/** The code stands twice in its file: V8 ends the process at a wrong byte, and a digest would take longer to load. */
function readCode(file) {
  try {
    const bytes = fs.readFileSync(file);
    const [one, other] = [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)];
    return one.equals(other) ? one : undefined;
  } catch {
    return undefined;
  }
}

/** In one step, for those who read meanwhile. On a full disk, or in a folder of another user, there is no code. */
function saveCode(file, script) {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const code = script.createCachedData();
    fs.writeFileSync(temporary, Buffer.concat([code, code]), { mode: 0o600, flag: "wx", flush: true });
    fs.renameSync(temporary, file);
  } catch {
    fs.rmSync(temporary, { force: true });
  }
}

module.exports = { runJoined };
