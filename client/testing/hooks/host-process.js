"use strict";
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { filesIn, until } = require("../scratch.js");

const ON_LINUX = { skip: process.platform !== "linux" };
// Runs each line of its stdin in a shell, as a host runs its hooks, and says when it has ended.
const SHELL_OF_HOOKS = `
  const { spawnSync } = require("node:child_process");
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { script, env, input } = JSON.parse(line);
    spawnSync("/bin/sh", ["-c", script], { env, input });
    console.log("done");
  });`;

const projectOf = (here) => path.join(here.home, "repo");

/** A process that fires hooks; its program has this name. */
function startHost(test, here, { name = "claude" } = {}) {
  const program = path.join(here.home, name);
  if (!fs.existsSync(program)) fs.symlinkSync(process.execPath, program);
  const project = projectOf(here);
  fs.mkdirSync(project, { recursive: true });
  const child = spawn(program, ["-e", SHELL_OF_HOOKS], { cwd: project, stdio: ["pipe", "pipe", "inherit"] });
  test.after(() => child.kill("SIGKILL"));
  let done = 0;
  child.stdout.on("data", (text) => {
    done += String(text).split("\n").length - 1;
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  async function fire(hookName, over = {}, wrap = (script) => script) {
    const payload = { session_id: "s-1", cwd: project, ...over };
    const env = { ...here.environment, CLAUDE_PROJECT_DIR: payload.cwd, CLAUDE_CODE_ENTRYPOINT: "cli" };
    const script = wrap(`set -- ${hookName}; . "${here.hookFile("sh")}"`);
    const before = done;
    child.stdin.write(`${JSON.stringify({ script, env, input: JSON.stringify(payload) })}\n`);
    await until(() => done > before, "the hook ends");
  }
  async function kill() {
    child.kill("SIGKILL");
    await ended;
  }
  return { child, fire, kill };
}

const notes = (here) => filesIn(here.paths.transcripts).filter((name) => name.endsWith(".host"));
const ends = (server) =>
  [...server.events.values()]
    .filter(({ kind }) => kind.data.hook === "session_end")
    .map(({ kind, project, client }) => [kind.data.data.session_id, kind.data.data.reason, project, client.entrypoint]);
const endOf = (here, reason = "process_gone") => ["s-1", reason, projectOf(here), "cli"];

async function startTurn(test, here, options) {
  const host = startHost(test, here, options);
  await host.fire("session_start", { source: "startup" });
  await host.fire("prompt_submit", { prompt: "Do it" });
  return host;
}

module.exports = { ON_LINUX, endOf, ends, notes, projectOf, startHost, startTurn };
