"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { newFolder } = require("./memory.js");

const NEWEST = "9.9.9";
const folders = new Map();

/** A PATH on which the first `claude` reports this version, by default one that knows every hook. */
const pathWithClaude = (version = NEWEST) => `${folderOf(version)}${path.delimiter}${process.env.PATH}`;

/** One folder for all tests of a file, which only read it. */
function folderOf(version) {
  if (folders.has(version)) return folders.get(version);
  const folder = newFolder("memfog-claude-");
  folders.set(version, folder);
  fs.writeFileSync(path.join(folder, "claude"), `#!/bin/sh\necho "${version} (Claude Code)"\n`, { mode: 0o700 });
  return folder;
}

process.on("exit", () => {
  for (const folder of folders.values()) fs.rmSync(folder, { recursive: true, force: true });
});

module.exports = { pathWithClaude };
