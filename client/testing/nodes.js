"use strict";
const fs = require("node:fs");
const path = require("node:path");

/**
 * Writes a program named node into a folder: a Node that reports `version`, or with `ends` a shell script with this
 * text.
 */
function pretendNode(folder, { version = null, ends = null }) {
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "node");
  const older = path.join(folder, "older.cjs");
  fs.writeFileSync(older, `Object.defineProperty(process.versions, "node", { value: ${JSON.stringify(version)} });`);
  fs.writeFileSync(
    file,
    ends === null ? `#!/bin/sh\nexec '${process.execPath}' --require='${older}' "$@"\n` : `#!/bin/sh\n${ends}\n`,
    { mode: 0o755 },
  );
  return file;
}

module.exports = { pretendNode };
