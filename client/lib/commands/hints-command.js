"use strict";
const fs = require("node:fs");
const { readIfExists, writeCreatingFolder } = require("../files.js");
const { dropCache } = require("../hints/hint-cache.js");
const { resolvePaths } = require("../paths.js");
const { readConfig } = require("../privacy/config.js");

const HINTS_HELP = `memfog hints [--off]

Switches hints on: when your prompt names a file, a command or a subject that is known from earlier sessions, Claude is
given up to three lines about it. Prompts are compared on this machine, with lines that the shipper fetches while a
session runs and keeps for at most ten minutes (mode 600). By default hints are off.

  --off   switches them off, and removes the lines

Exit codes: 0 done, 1 config.json can not be read (nothing was changed), 2 wrong usage.`;

function runHints({ off = false }) {
  const paths = resolvePaths();
  // Throws before anything is changed if the file is invalid.
  readConfig(paths);
  const config = JSON.parse((readIfExists(paths.config) ?? "").replace(/^\ufeff/, "").trim() || "{}");
  if (off) delete config.hints;
  else config.hints = true;
  // The file may be a link to one that its owner keeps elsewhere.
  const file = fs.existsSync(paths.config) ? fs.realpathSync(paths.config) : paths.config;
  writeCreatingFolder(file, `${JSON.stringify(config, null, 2)}\n`);
  if (!off) return { lines: ["Hints are on. Sessions that go on get them, too, from their second prompt."] };
  dropCache(paths);
  return { lines: ["Hints are off."] };
}

module.exports = { hintsCommand: { help: HINTS_HELP, options: { off: { type: "boolean" } }, run: runHints } };
