"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const manifest = require("../package.json");

const COMMANDS = "connect|disconnect|status|doctor|flush|import|mcp|folders|pause|resume|update|--help";
const NAMED = new RegExp(`(?<![\\w/.\\\\'-])memfog (?=(?:${COMMANDS})(?![\\w-]))`, "g");
const PLAIN = /^[\w./:@%+=,~\\-]+$/;

/** A message in which each command of ours, written like `memfog status`, stands as it can be typed on this machine. */
const asTyped = (place, text) => text.replace(NAMED, () => `${program(place)} `);

/** The launcher that `connect` made, or what npx needs to run this package. */
function program(place) {
  const launcher = path.join(place.launchers, process.platform === "win32" ? "memfog.cmd" : "memfog");
  if (fs.existsSync(launcher)) return quoted(shortened(launcher));
  return `npx -y ${manifest.memfog?.api ? `${manifest.memfog.api}/memfog.tgz` : "memfog"}`;
}

function shortened(file) {
  const home = os.homedir();
  return process.platform !== "win32" && home !== "" && PLAIN.test(file) && file.startsWith(`${home}/`)
    ? `~${file.slice(home.length)}`
    : file;
}

function quoted(file) {
  if (PLAIN.test(file)) return file;
  return process.platform === "win32" ? `"${file}"` : `'${file.replaceAll("'", "'\\''")}'`;
}

module.exports = { asTyped };
