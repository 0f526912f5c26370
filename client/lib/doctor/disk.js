"use strict";
const { spawnSync } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { namesIn, readIfThere } = require("../files.js");
const { isInstalled, nodeOfHook } = require("../install.js");
const { OLDEST } = require("../node-version.js");
const { pauses } = require("../privacy/pause.js");
const { takeLease } = require("../shipper/lease.js");
const { isAlive } = require("../shipper/living.js");
const { describeFileError } = require("../user-error.js");
const { bad, CONNECT, good, looked } = require("./finding.js");

const LEAST_ROOM = 20 * 1024 * 1024;
const NODE_WITHIN_MS = 10_000;
// What must be there for a hook to come to anything.
const PROGRAM = ["bin/memfog.js", "lib/shipper/start.js", "lib/shipper/run.js", "lib/context/run.js", "package.json"];

/** Findings about what lies on the disk, and whether a hook could write there. */
function disk(place) {
  return [looked("files", () => files(place)), looked("node", () => node(place)), looked("disk", () => room(place))];
}

/** Hook files, and all that they lead to. */
function files(place) {
  if (!isInstalled(place)) return bad("files", `hook files are missing in ${place.hooks}`, CONNECT);
  const { home, client } = pathsOfHook(place);
  if (home !== null && home !== place.home)
    return bad("files", `the hooks in ${place.hooks} lead to ${home}, and not to ${place.home}`, CONNECT);
  const lost = client !== null && PROGRAM.map((name) => path.join(client, name)).find((file) => !fs.existsSync(file));
  if (lost) return bad("files", `${lost}, which the hooks need, is gone`, CONNECT);
  const launcher = path.join(place.launchers, process.platform === "win32" ? "memfog.cmd" : "memfog");
  if (!fs.existsSync(launcher)) return bad("files", `${launcher} is gone`, CONNECT);
  return good("files", `hook files in ${place.hooks}`);
}

/** {home, client} as the installed hook has them; null where it does not say. */
function pathsOfHook(place) {
  const text = readIfThere(path.join(place.hooks, "memfog-hook.sh")) ?? "";
  const word = (name) =>
    new RegExp(`\\b${name}='((?:[^']|'\\\\'')*)'`).exec(text)?.[1].replaceAll("'\\''", "'") ?? null;
  return { home: word("home"), client: word("client") };
}

/** The Node that hooks start is run: one that is there may be broken, or too old. */
function node(place) {
  const text = `Node ${process.versions.node}`;
  const used = nodeOfHook(place);
  if (!used || used === process.execPath) return good("node", text);
  if (!fs.existsSync(used)) return bad("node", `${used}, which the hooks start, is gone`, CONNECT);
  const { status, signal, stdout, error } = spawnSync(used, ["-p", "process.versions.node"], {
    encoding: "utf8",
    timeout: NODE_WITHIN_MS,
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  if (status !== 0)
    return bad(
      "node",
      `${used}, which the hooks start, does not run (${signal ?? error?.code ?? `it ends with ${status}`})`,
      `mend it, or ${CONNECT} with another Node`,
    );
  if (Number.parseInt(stdout, 10) < OLDEST)
    return bad(
      "node",
      `${used}, which the hooks start, is Node ${stdout.trim()}, older than ${OLDEST}`,
      `install Node ${OLDEST} or later, then ${CONNECT}`,
    );
  return good("node", text);
}

/** Runs the installed hook as a host would, and looks whether what it was given arrived in the spool. */
function room(place) {
  if (!fs.existsSync(place.auth)) return good("disk", "no hook writes before it is connected");
  const why = whyNoFile(place.spool);
  if (why) return bad("disk", `hooks can not keep events: ${why.text}`, why.remedy);
  const { bavail, bsize } = fs.statfsSync(place.home);
  if (bavail * bsize < LEAST_ROOM)
    return bad(
      "disk",
      `${Math.floor((bavail * bsize) / 1024)} KiB are free on the disk of ${place.home}`,
      "free some space, before events are lost",
    );
  if (pauses(place).some(({ project }) => project === null)) return good("disk", `${place.spool} can be written`);
  if (!isInstalled(place) || probe(place)) return good("disk", `a hook's event arrives in ${place.spool}`);
  return bad("disk", `the installed hook ran, and nothing arrived in ${place.spool}`, CONNECT);
}

/** Why no file can be written there, as {text, remedy}, or null. */
function whyNoFile(folder) {
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

/** Whether what the hook is given arrives. A shipper leaves the file of a hook of this name where it is. */
function probe(place) {
  const nonce = crypto.randomUUID();
  // Without a lease it would start a shipper, and `status` is to change nothing.
  const lease = isAlive(place.lease) ? null : takeLease(place.lease);
  try {
    runHook(place, JSON.stringify({ probe: nonce }));
    return (
      namesIn(place.spool)
        .map((name) => path.join(place.spool, name))
        .filter((file) => holds(file, nonce))
        .map((file) => fs.rmSync(file, { force: true })).length > 0
    );
  } finally {
    lease?.drop();
  }
}

/** The installed hook by the name that no host has. Returns what `spawnSync` does. */
function runHook(place, input) {
  const environment = { ...process.env };
  delete environment.CLAUDE_PROJECT_DIR;
  const [file, words] =
    process.platform === "win32"
      ? [process.execPath, [path.join(place.hooks, "memfog-hook.cjs"), "doctor"]]
      : ["/bin/sh", ["-c", '[ -r "$0" ] && . "$0"; exit 0', path.join(place.hooks, "memfog-hook.sh"), "doctor"]];
  return spawnSync(file, words, { input, stdio: ["pipe", "ignore", "ignore"], env: environment });
}

function holds(file, nonce) {
  try {
    return fs.statSync(file).size < 65_536 && fs.readFileSync(file, "latin1").includes(nonce);
  } catch {
    return false;
  }
}

module.exports = { disk, runHook };
