"use strict";
const { spawnSync } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { readAuth } = require("../account/auth.js");
const { makePrivateFolder, readJson, writeCreatingFolder } = require("../files.js");
const { isNewer, fetchServedClient } = require("../install/served-client.js");
const { unpack } = require("../install/tar.js");
const { resolvePaths } = require("../paths.js");
const { UserError } = require("../user-error.js");
const { describeUnreachable } = require("./whoami.js");
const manifest = require("../../package.json");

// The options of `connect` that also apply when it runs again.
const RECORDED_OPTIONS = ["project-only", "extra", "plugin", "assume-version"];
const INSTALL_TIMEOUT_MS = 120_000;

const UPDATE_HELP = `memfog update

Installs the client that your server serves, where it is newer than this one, and connects again as you did before.
What is downloaded is checked by its SHA-256.

Exit codes: 0 up to date, 1 not connected, or it failed (nothing was changed), 2 wrong usage.`;

async function runUpdate() {
  const paths = resolvePaths();
  const auth = readAuth(paths);
  if (!auth) throw new UserError("Not connected: run memfog connect claude-code first.");
  const client = await fetchServedClient(auth).catch((error) => {
    throw problem(describeUnreachable(error, auth.url));
  });
  if (client === null)
    throw new UserError(
      `${auth.url} does not name the client that it serves; install with ` +
        `npx -y ${auth.url}/memfog.tgz connect claude-code. Nothing was changed.`,
    );
  if (!isNewer(client, paths))
    return { lines: [`Memfog ${manifest.version} is up to date; ${auth.url} serves ${client.version}.`] };
  const folder = await download(paths, auth, client);
  try {
    connectAgain(paths, auth, folder);
  } finally {
    fs.rmSync(path.dirname(folder), { recursive: true, force: true });
  }
  return { lines: [`Memfog ${client.version} is installed; ${manifest.version} was before.`] };
}

const problem = (one) => new UserError(`${one.problem}: ${one.remedy}. Nothing was changed.`);

/** Downloads and unpacks the package after checking its digest; returns its folder. */
async function download(paths, auth, { sha256, package: bytes }) {
  const body = await bytes().catch((error) => {
    throw problem(describeUnreachable(error, auth.url));
  });
  if (crypto.createHash("sha256").update(body).digest("hex") !== sha256)
    throw new UserError(`What ${auth.url} sent does not match its announced SHA-256; try again. Nothing was changed.`);
  makePrivateFolder(paths.home);
  const folder = fs.mkdtempSync(path.join(paths.home, "update-"));
  try {
    unpack(body, folder);
    return path.join(folder, "package");
  } catch (error) {
    fs.rmSync(folder, { recursive: true, force: true });
    throw new UserError(`What ${auth.url} sent is not a package (${error.message}). Nothing was changed.`);
  }
}

/** The new program runs `connect` itself, because it knows what it needs; each folder is connected as before. */
function connectAgain(paths, { url }, folder) {
  const program = path.join(folder, "bin", "memfog.js");
  for (const { cwd, words: args } of listConnections(paths)) {
    const { status, stderr, error } = spawnSync(
      process.execPath,
      [program, "connect", "claude-code", "--api", url, "--no-import", ...args],
      {
        cwd,
        encoding: "utf8",
        timeout: INSTALL_TIMEOUT_MS,
        env: { ...process.env, MEMFOG_HOME: paths.home, CLAUDE_CONFIG_DIR: paths.claude },
      },
    );
    if (status !== 0)
      throw new UserError(
        `The new version could not be installed: ${(stderr || error?.message || `it ended with ${status}`).trim()}`,
      );
  }
}

/** [{cwd, words}]: where and with which options `connect` last ran, for each settings file. */
function listConnections(paths) {
  const all = Object.values(readJson(paths.connections) ?? {});
  const there = all.filter(
    ({ cwd, words: args }) => typeof cwd === "string" && fs.existsSync(cwd) && Array.isArray(args),
  );
  return there.length ? there : [{ cwd: paths.home, words: [] }];
}

function recordConnection(paths, options) {
  const args = RECORDED_OPTIONS.filter((name) => options[name]).flatMap((name) =>
    options[name] === true ? [`--${name}`] : [`--${name}`, options[name]],
  );
  const file = options["project-only"] ? paths.projectSettings : paths.settings;
  const known = readJson(paths.connections) ?? {};
  writeCreatingFolder(
    paths.connections,
    `${JSON.stringify({ ...known, [file]: { cwd: process.cwd(), words: args } })}\n`,
  );
}

const updateCommand = { help: UPDATE_HELP, options: {}, run: runUpdate };

module.exports = { updateCommand, recordConnection };
