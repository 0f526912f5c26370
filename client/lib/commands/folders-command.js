"use strict";
const path = require("node:path");
const { removeBlocks, updateBlocks, findRoot } = require("../folders/folder-blocks.js");
const { resolvePaths } = require("../paths.js");

const FOLDERS_HELP = `memfog folders [--off]

Keeps a marked block in the CLAUDE.md of each folder of this repository that was worked in: which files were changed,
how often, and when last. Run it again to bring it up to date. All else in those files stays as it is, and the
repository's root has none. Nothing is written unless you run this.

  --off   takes the blocks away again

Exit codes: 0 done, 1 a file was left alone, not connected, or no answer (the message says which), 2 wrong usage.`;

async function runFolders({ off }) {
  const root = findRoot(process.cwd());
  const { written, removed, skipped } = off
    ? removeBlocks(resolvePaths(), root)
    : await updateBlocks(resolvePaths(), root);
  const listFiles = (files) => files.map((file) => `  ${path.relative(root, file)}`);
  const lines = [
    off
      ? `Took the block out of ${removed.length} file(s) of ${root}.`
      : `${written.length} file(s) of ${root} hold a block.`,
    ...listFiles(off ? removed : written),
  ];
  if (skipped.length)
    lines.push("Left alone, since they are no plain text files or their marks are broken:", ...listFiles(skipped));
  return { ok: skipped.length === 0, lines };
}

module.exports = { foldersCommand: { help: FOLDERS_HELP, options: { off: { type: "boolean" } }, run: runFolders } };
