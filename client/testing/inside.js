"use strict";
const { run } = require("../lib/main.js");
const { ship } = require("../lib/shipper/ship.js");

let last = Promise.resolve();

/**
 * Runs a command within this process: {code, signal, stdout, stderr}, as `memfog` does in one of its own, which costs
 * ten times the processor time. For tests to which the process itself does not matter; one that waits for children
 * (`update`) needs its own.
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

/** Delivers what waits, as a shipper does in a process of its own. */
const shipHere = (here) =>
  alone(here.environment, here.home, () => ship(here.paths, { linger: Number(here.environment.MEMFOG_LINGER) }));

/** Does work in another environment and folder; one after the other, since a process has one of each. */
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

/** The real environment, which C reads as well: the home folder is told from there. */
function switchAccount(environment) {
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(environment, name)) delete process.env[name];
  Object.assign(process.env, environment);
}

module.exports = { call, shipHere };
