"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const { wrap } = require("node:module");
const vm = require("node:vm");

const DEATH = { sh: "kill -9 $$", node: 'process.kill(process.pid, "SIGKILL");' };

/** The hook's text with a `kill -9` of itself at each place where a statement may stand: [{line, text}]. */
function killedVersions(file, form) {
  const lines = fs.readFileSync(file, "utf8").split("\n");
  const resolvePaths = lines.map((_, line) => ({ line, text: withDeath(lines, line, form) }));
  return resolvePaths.filter(({ text }) => text !== null && parses(`${file}.killed`, text, form));
}

function withDeath(lines, line, form) {
  const before = lines[line - 1]?.trim() ?? "";
  if (lines[line].trim() === "" || lines[line].trim().startsWith("#")) return null;
  // Between two commands of one chain death is a link of it.
  const death = form === "sh" && before.endsWith("&&") ? `${DEATH.sh} &&` : DEATH[form];
  return [...lines.slice(0, line), death, ...lines.slice(line)].join("\n");
}

function parses(scratch, text, form) {
  return form === "sh" ? isShell(`${scratch}.sh`, text) : isScript(text);
}

function isShell(file, text) {
  fs.writeFileSync(file, text);
  const { status } = spawnSync("/bin/sh", ["-n", file]);
  fs.rmSync(file);
  return status === 0;
}

/** Compiled here: a Node for each line would cost more than all that is tried with them. */
function isScript(text) {
  try {
    return Boolean(new vm.Script(wrap(text)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return false;
  }
}

module.exports = { killedVersions };
