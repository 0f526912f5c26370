"use strict";
const path = require("node:path");
const { removeBlocks, updateBlocks, findRoot } = require("../folders/folder-notes.js");
const { resolvePaths } = require("../paths.js");

const FOLDERS_HELP = `memfog folders [--off]

Writes a marked block into the CLAUDE.md of each folder of this repository in which files were changed: which files,
how often, and when last. Run it again to update the blocks. The rest of those files stays unchanged, and the
repository's root gets no block. Nothing is written unless you run this.

  --off   removes the blocks

Exit codes: 0 done, 1 a file was left alone, not connected, or no answer (the message says which), 2 wrong usage.`;

async function runFolders({ off }) {
  const root = findRoot(process.cwd());
  const { written, removed, skipped } = off
    ? removeBlocks(resolvePaths(), root)
    : await updateBlocks(resolvePaths(), root);
  const listFiles = (files) => files.map((file) => `  ${path.relative(root, file)}`);
  const lines = [
    off
      ? `Removed the block from ${removed.length} file(s) of ${root}.`
      : `${written.length} file(s) of ${root} have a block.`,
    ...listFiles(off ? removed : written),
  ];
  if (skipped.length)
    lines.push("Skipped, as they are not plain text files or their marks are broken:", ...listFiles(skipped));
  return { ok: skipped.length === 0, lines };
}

module.exports = { foldersCommand: { help: FOLDERS_HELP, options: { off: { type: "boolean" } }, run: runFolders } };
