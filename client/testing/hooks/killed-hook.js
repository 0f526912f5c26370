"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const { wrap } = require("node:module");
const vm = require("node:vm");

const DEATH = { sh: "kill -9 $$", node: 'process.kill(process.pid, "SIGKILL");' };

/**
 * Versions of a hook that kill themselves with `kill -9`, one for each place where a statement may stand: [{line,
 * text}].
 */
function killedVersions(file, form) {
  const lines = fs.readFileSync(file, "utf8").split("\n");
  const resolvePaths = lines.map((_, line) => ({ line, text: withDeath(lines, line, form) }));
  return resolvePaths.filter(({ text }) => text !== null && parses(`${file}.killed`, text, form));
}

function withDeath(lines, line, form) {
  const before = lines[line - 1]?.trim() ?? "";
  if (lines[line].trim() === "" || lines[line].trim().startsWith("#")) return null;
  // Inside a chain of commands, the kill must be a command of the chain.
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

/** Compiled in this process: starting a Node for each line would take longer than all tests with these versions. */
function isScript(text) {
  try {
    return Boolean(new vm.Script(wrap(text)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return false;
  }
}

module.exports = { killedVersions };
