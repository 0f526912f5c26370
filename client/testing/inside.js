"use strict";
const { run } = require("../lib/main.js");
const { ship } = require("../lib/shipper/ship.js");

let last = Promise.resolve();

/**
 * Runs a command within this process and returns {code, signal, stdout, stderr}. `memfog` does the same in a separate
 * process, which costs ten times the processor time. Only for tests that do not depend on the process. A command that
 * waits for child processes (`update`) needs its own process.
 */
const call = (here, args, { env = {}, cwd = here.home } = {}) =>
  alone({ ...here.environment, ...env }, cwd, async () => {
    const printedText = { stdout: "", stderr: "" };
    const { log, error } = console;
    console.log = (text) => {
      printedText.stdout += `${text}\n`;
    };
    console.error = (text) => {
      printedText.stderr += `${text}\n`;
    };
    try {
      await run(args);
      return { code: process.exitCode, signal: null, ...printedText };
    } finally {
      Object.assign(console, { log, error });
      process.exitCode = undefined;
    }
  });

/** Delivers waiting events as a shipper does, but within this process. */
const shipHere = (here) =>
  alone(here.environment, here.home, () => ship(here.paths, { linger: Number(here.environment.MEMFOG_LINGER) }));

/** Runs work in another environment and folder. Calls wait for each other, because a process has only one of each. */
function alone(environment, folder, work) {
  const one = last.then(() => elsewhere(environment, folder, work));
  last = one.catch(() => {});
  return one;
}

async function elsewhere(environment, folder, work) {
  const [before, from] = [{ ...process.env }, process.cwd()];
  switchAccount(environment);
  process.chdir(folder);
  try {
    return await work();
  } finally {
    switchAccount(before);
    process.chdir(from);
  }
}

/** Replaces the real environment of the process: C code reads it, too, to find the home folder. */
function switchAccount(environment) {
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(environment, name)) delete process.env[name];
  Object.assign(process.env, environment);
}

module.exports = { call, shipHere };
