"use strict";
const { spawnSync } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { listNames, readIfExists } = require("../files.js");
const { isInstalled, readHookNode } = require("../install/install.js");
const { OLDEST } = require("../node-version.js");
const { pauses } = require("../privacy/pause.js");
const { takeLease } = require("../shipper/lease.js");
const { isAlive } = require("../shipper/liveness.js");
const { describeFileError } = require("../user-error.js");
const { bad, CONNECT, good, runCheck } = require("./finding.js");

const MIN_FREE_BYTES = 20 * 1024 * 1024;
const NODE_TIMEOUT_MS = 10_000;
// The files that a hook needs.
const PROGRAM = ["bin/memfog.js", "lib/shipper/start.js", "lib/shipper/run.js", "lib/context/run.js", "package.json"];

/** Findings about the files on the disk, and whether a hook can write there. */
function disk(paths) {
  return [
    runCheck("files", () => checkFiles(paths)),
    runCheck("node", () => checkNode(paths)),
    runCheck("disk", () => checkDisk(paths)),
  ];
}

/** Checks the hook files and the program that they start. */
function checkFiles(paths) {
  if (!isInstalled(paths)) return bad("files", `hook files are missing in ${paths.hooks}`, CONNECT);
  const { home, client } = pathsOfHook(paths);
  if (home !== null && home !== paths.home)
    return bad("files", `the hooks in ${paths.hooks} lead to ${home}, and not to ${paths.home}`, CONNECT);
  const missingFile =
    client !== null && PROGRAM.map((name) => path.join(client, name)).find((file) => !fs.existsSync(file));
  if (missingFile) return bad("files", `${missingFile}, which the hooks need, is missing`, CONNECT);
  const launcher = path.join(paths.launchers, process.platform === "win32" ? "memfog.cmd" : "memfog");
  if (!fs.existsSync(launcher)) return bad("files", `${launcher} is missing`, CONNECT);
  return good("files", `hook files in ${paths.hooks}`);
}

/** {home, client} from the installed hook; null if it does not contain them. */
function pathsOfHook(paths) {
  const text = readIfExists(path.join(paths.hooks, "memfog-hook.sh")) ?? "";
  const wordOf = (name) =>
    new RegExp(`\\b${name}='((?:[^']|'\\\\'')*)'`).exec(text)?.[1].replaceAll("'\\''", "'") ?? null;
  return { home: wordOf("home"), client: wordOf("client") };
}

/** Runs the Node that hooks start: it may be broken or too old. */
function checkNode(paths) {
  const text = `Node ${process.versions.node}`;
  const nodeFile = readHookNode(paths);
  if (!nodeFile || nodeFile === process.execPath) return good("node", text);
  if (!fs.existsSync(nodeFile)) return bad("node", `${nodeFile}, which the hooks start, is missing`, CONNECT);
  const { status, signal, stdout, error } = spawnSync(nodeFile, ["-p", "process.versions.node"], {
    encoding: "utf8",
    timeout: NODE_TIMEOUT_MS,
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  if (status !== 0)
    return bad(
      "node",
      `${nodeFile}, which the hooks start, does not run (${signal ?? error?.code ?? `it ends with ${status}`})`,
      `fix it, or ${CONNECT} with another Node`,
    );
  if (Number.parseInt(stdout, 10) < OLDEST)
    return bad(
      "node",
      `${nodeFile}, which the hooks start, is Node ${stdout.trim()}, older than ${OLDEST}`,
      `install Node ${OLDEST} or later, then ${CONNECT}`,
    );
  return good("node", text);
}

/** Runs the installed hook as Claude Code would, and checks that its input arrives in the spool. */
function checkDisk(paths) {
  if (!fs.existsSync(paths.auth)) return good("disk", "no hook writes before it is connected");
  const writeError = findWriteError(paths.spool);
  if (writeError) return bad("disk", `hooks can not keep events: ${writeError.text}`, writeError.remedy);
  const { bavail, bsize } = fs.statfsSync(paths.home);
  if (bavail * bsize < MIN_FREE_BYTES)
    return bad(
      "disk",
      `${Math.floor((bavail * bsize) / 1024)} KiB are free on the disk of ${paths.home}`,
      "free some space, before events are lost",
    );
  if (pauses(paths).some(({ project }) => project === null)) return good("disk", `${paths.spool} can be written`);
  if (!isInstalled(paths) || probeHook(paths)) return good("disk", `a hook's event arrives in ${paths.spool}`);
  return bad("disk", `the installed hook ran, and nothing arrived in ${paths.spool}`, CONNECT);
}

/** Why no file can be written in a folder, as {text, remedy}, or null. */
function findWriteError(folder) {
  const file = path.join(folder, `.doctor-${crypto.randomUUID()}`);
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.writeFileSync(file, "x".repeat(4_096), { mode: 0o600 });
    return null;
  } catch (error) {
    return describeFileError(error, folder) ?? { text: error.message, remedy: `look at ${folder}` };
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** Whether the hook's input arrives in the spool. A shipper ignores the spool file of a hook of this name. */
function probeHook(paths) {
  const nonce = crypto.randomUUID();
  // Without a lease it would start a shipper, but `status` must not change anything.
  const lease = isAlive(paths.lease) ? null : takeLease(paths.lease);
  try {
    runHook(paths, JSON.stringify({ probe: nonce }));
    return (
      listNames(paths.spool)
        .map((name) => path.join(paths.spool, name))
        .filter((file) => hasNonce(file, nonce))
        .map((file) => fs.rmSync(file, { force: true })).length > 0
    );
  } finally {
    lease?.drop();
  }
}

/** Runs the installed hook under a name that Claude Code does not have. Returns the result of `spawnSync`. */
function runHook(paths, input) {
  const environment = { ...process.env };
  delete environment.CLAUDE_PROJECT_DIR;
  const [file, args] =
    process.platform === "win32"
      ? [process.execPath, [path.join(paths.hooks, "memfog-hook.cjs"), "doctor"]]
      : ["/bin/sh", ["-c", '[ -r "$0" ] && . "$0"; exit 0', path.join(paths.hooks, "memfog-hook.sh"), "doctor"]];
  return spawnSync(file, args, { input, stdio: ["pipe", "ignore", "ignore"], env: environment });
}

function hasNonce(file, nonce) {
  try {
    return fs.statSync(file).size < 65_536 && fs.readFileSync(file, "latin1").includes(nonce);
  } catch {
    return false;
  }
}

module.exports = { disk, runHook };
