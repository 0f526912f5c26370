"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { listIfReadable } = require("../files.js");

const ANSWER_TIMEOUT_MS = 10_000;
const IS_WINDOWS = process.platform === "win32";
const PROGRAMS = IS_WINDOWS ? ["claude.exe", "claude.cmd"] : ["claude"];
// Folders under the home in which installers put programs, whether they are on the PATH or not.
const BINS = [
  ".local/bin",
  ".claude/local",
  ".claude/local/node_modules/.bin",
  ".npm-global/bin",
  ".npm/bin",
  ".bun/bin",
  ".volta/bin",
  ".asdf/shims",
  ".local/share/mise/shims",
  "AppData/Roaming/npm",
];
const SYSTEM_BINS = ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"];
const NODE_VERSIONS = [".nvm/versions/node", ".local/share/fnm/node-versions"];
const EDITORS = [
  ".vscode",
  ".vscode-insiders",
  ".vscode-oss",
  ".vscode-server",
  ".vscode-server-insiders",
  ".cursor",
  ".cursor-server",
  ".windsurf",
  ".windsurf-server",
  ".antigravity",
  ".trae",
  ".positron",
];
const DESKTOPS = [
  "Library/Application Support/Claude/claude-code",
  "AppData/Roaming/Claude/claude-code",
  ".config/Claude/claude-code",
];
const VERSION = /(\d+)\.(\d+)\.(\d+)/;
const NAMED_VERSION = /(\d+\.\d+\.\d+)\S* \(Claude Code\)/;

/**
 * Every Claude Code on this machine, native, from npm, and in editors, as [{file, version}], each program once. Each is
 * asked for its version; a program that does not answer in time is left out.
 */
function findHosts(environment = process.env, home = os.homedir()) {
  const fileByTarget = new Map();
  for (const file of listCandidates(environment, home)) {
    const target = resolveProgram(file);
    if (target && !fileByTarget.has(target)) fileByTarget.set(target, file);
  }
  return [...fileByTarget.values()]
    .map((file) => ({ file, version: versionOf(file) }))
    .filter(({ version }) => version !== null);
}

function listCandidates(environment, home) {
  const under = (folder) => path.join(home, folder);
  const onPath = (environment.PATH ?? environment.Path ?? "")
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder));
  const nodes = NODE_VERSIONS.flatMap((folder) =>
    listIfReadable(under(folder)).flatMap((name) => [
      path.join(under(folder), name, "bin"),
      path.join(under(folder), name, "installation", "bin"),
    ]),
  );
  const folders = [...onPath, ...BINS.map(under), ...(IS_WINDOWS ? [] : SYSTEM_BINS), ...nodes];
  return [
    ...folders.flatMap((folder) => PROGRAMS.map((name) => path.join(folder, name))),
    ...EDITORS.flatMap((name) => listBundled(under(`${name}/extensions`))),
    ...DESKTOPS.flatMap((name) => newestIn(under(name), /^\d/)),
  ];
}

/** The program in an editor's extension; of several installed versions the newest is in use. */
const listBundled = (folder) =>
  findNewest(folder, /^anthropic\.claude-code-\d/).flatMap((extension) =>
    PROGRAMS.map((name) => path.join(extension, "resources", "native-binary", name)),
  );

const newestIn = (folder, names) =>
  findNewest(folder, names).flatMap((version) => PROGRAMS.map((name) => path.join(version, name)));

function findNewest(folder, names) {
  const versions = listIfReadable(folder)
    .filter((name) => names.test(name) && VERSION.test(name))
    .sort((a, b) => compareVersions(VERSION.exec(a)[0], VERSION.exec(b)[0]));
  return versions.slice(-1).map((name) => path.join(folder, name));
}

function resolveProgram(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile() ? fs.realpathSync(file) : null;
  } catch {
    // It does not exist, or may not be run.
    return null;
  }
}

/** The version that a program prints, such as 2.1.120, or null. */
function versionOf(file) {
  const options = {
    encoding: "utf8",
    timeout: ANSWER_TIMEOUT_MS,
    killSignal: "SIGKILL",
    stdio: ["ignore", "pipe", "ignore"],
    shell: file.endsWith(".cmd"),
    windowsHide: true,
  };
  const { stdout } = spawnSync(file.endsWith(".cmd") ? `"${file}"` : file, ["--version"], options);
  return readVersion(stdout ?? "");
}

/** Wrappers print warnings with other versions; without the name of Claude Code the oldest is the safe one. */
function readVersion(text) {
  const named = NAMED_VERSION.exec(text)?.[1];
  const all = [...text.matchAll(new RegExp(VERSION, "g"))].map(([version]) => version);
  return named ?? all.sort(compareVersions)[0] ?? null;
}

/** Negative if `a` is older, for sort functions. */
function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => VERSION.exec(version).slice(1).map(Number));
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

module.exports = { findHosts, compareVersions };
