"use strict";
const { spawnSync } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { readAuth } = require("../auth.js");
const { privateFolder, readJson, writeInFolder } = require("../files.js");
const { places } = require("../paths.js");
const { isNewer, served } = require("../served.js");
const { unpack } = require("../tar.js");
const { UserError } = require("../user-error.js");
const { unreachable } = require("./whoami.js");
const manifest = require("../../package.json");

// What `connect` was told that holds for the next time as well.
const LASTING = ["project-only", "extra", "plugin", "assume-version"];
const LONGEST_MS = 120_000;

const UPDATE_HELP = `memfog update

Installs the client that your server serves, where it is newer than this one, and connects again as you did before.
What is downloaded is checked by its SHA-256.

Exit codes: 0 up to date, 1 not connected, or it could not be done (nothing was changed), 2 wrong usage.`;

async function runUpdate() {
  const place = places();
  const auth = readAuth(place);
  if (!auth) throw new UserError("Not connected: run memfog connect claude-code first.");
  const offered = await served(auth).catch((error) => {
    throw problem(unreachable(error, auth.url));
  });
  if (offered === null)
    throw new UserError(
      `${auth.url} does not say which client it serves; install with ` +
        `npx -y ${auth.url}/memfog.tgz connect claude-code. Nothing was changed.`,
    );
  if (!isNewer(offered, place))
    return { lines: [`Memfog ${manifest.version} is up to date; ${auth.url} serves ${offered.version}.`] };
  const folder = await download(place, auth, offered);
  try {
    connectAgain(place, auth, folder);
  } finally {
    fs.rmSync(path.dirname(folder), { recursive: true, force: true });
  }
  return { lines: [`Memfog ${offered.version} is installed; ${manifest.version} was before.`] };
}

const problem = (one) => new UserError(`${one.problem}: ${one.remedy}. Nothing was changed.`);

/** The folder of the package, unpacked, once its digest is what the server said. */
async function download(place, auth, { sha256, package: bytes }) {
  const body = await bytes().catch((error) => {
    throw problem(unreachable(error, auth.url));
  });
  if (crypto.createHash("sha256").update(body).digest("hex") !== sha256)
    throw new UserError(`What ${auth.url} sent is not what it announced (SHA-256); try again. Nothing was changed.`);
  privateFolder(place.home);
  const folder = fs.mkdtempSync(path.join(place.home, "update-"));
  try {
    unpack(body, folder);
    return path.join(folder, "package");
  } catch (error) {
    fs.rmSync(folder, { recursive: true, force: true });
    throw new UserError(`What ${auth.url} sent is no package (${error.message}). Nothing was changed.`);
  }
}

/** The new program connects by itself, since it knows best what it needs; each folder as it was connected before. */
function connectAgain(place, { url }, folder) {
  const program = path.join(folder, "bin", "memfog.js");
  for (const { cwd, words } of connectionsOf(place)) {
    const { status, stderr, error } = spawnSync(
      process.execPath,
      [program, "connect", "claude-code", "--api", url, "--no-import", ...words],
      {
        cwd,
        encoding: "utf8",
        timeout: LONGEST_MS,
        env: { ...process.env, MEMFOG_HOME: place.home, CLAUDE_CONFIG_DIR: place.claude },
      },
    );
    if (status !== 0)
      throw new UserError(
        `The new version could not be installed: ${(stderr || error?.message || `it ended with ${status}`).trim()}`,
      );
  }
}

/** [{cwd, words}]: where and how `connect` was run, the last time for each settings file. */
function connectionsOf(place) {
  const all = Object.values(readJson(place.connections) ?? {});
  const there = all.filter(({ cwd, words }) => typeof cwd === "string" && fs.existsSync(cwd) && Array.isArray(words));
  return there.length ? there : [{ cwd: place.home, words: [] }];
}

function rememberConnection(place, options) {
  const words = LASTING.filter((name) => options[name]).flatMap((name) =>
    options[name] === true ? [`--${name}`] : [`--${name}`, options[name]],
  );
  const file = options["project-only"] ? place.projectSettings : place.settings;
  const known = readJson(place.connections) ?? {};
  writeInFolder(place.connections, `${JSON.stringify({ ...known, [file]: { cwd: process.cwd(), words } })}\n`);
}

const updateCommand = { help: UPDATE_HELP, options: {}, run: runUpdate };

module.exports = { updateCommand, rememberConnection };
