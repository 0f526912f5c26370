"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const manifest = require("../package.json");

const COMMANDS =
  "connect|disconnect|status|doctor|flush|import|mcp|folders|hints|pause|resume|trailer|update|why|--help";
const COMMAND_NAMES = new RegExp(`(?<![\\w/.\\\\'-]|npx -y )memfog (?=(?:${COMMANDS})(?![\\w-]))`, "g");
const SAFE_PATH = /^[\w./:@%+=,~\\-]+$/;

/**
 * A message in which each of our commands, written like `memfog status`, is replaced by what to type on this machine.
 */
const formatCommands = (paths, text) => text.replace(COMMAND_NAMES, () => `${programName(paths)} `);

/** The launcher that `connect` created, or the npx command for this package. */
function programName(paths) {
  const launcher = path.join(paths.launchers, process.platform === "win32" ? "memfog.cmd" : "memfog");
  if (fs.existsSync(launcher)) return quote(shortenHome(launcher));
  return `npx -y ${manifest.memfog?.api ? `${manifest.memfog.api}/memfog.tgz` : "memfog"}`;
}

function shortenHome(file) {
  const home = os.homedir();
  return process.platform !== "win32" && home !== "" && SAFE_PATH.test(file) && file.startsWith(`${home}/`)
    ? `~${file.slice(home.length)}`
    : file;
}

function quote(file) {
  if (SAFE_PATH.test(file)) return file;
  return process.platform === "win32" ? `"${file}"` : `'${file.replaceAll("'", "'\\''")}'`;
}

module.exports = { formatCommands };
