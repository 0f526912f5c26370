"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { listFiles, listNames, makePrivateFolder, readIfExists, sha256, writeAtomically } = require("../files.js");
const { hooksOf } = require("../hooks.js");
const { joinProgram } = require("./join-program.js");
const { launchers } = require("./launcher.js");
const { findStableNode } = require("./node-choice.js");

const SOURCE = path.resolve(__dirname, "../..");
const CLIENT_PARTS = ["bin", "hooks", "lib", "package.json"];
// What hooks run while a session waits.
const JOINED = { context: "lib/context/run.js", hints: "lib/hints/run.js" };
const RUN_JOINED = JSON.stringify("../lib/install/run-joined.js");
const HOOK_TIMEOUT_S = 10;
const FORM = process.platform === "win32" ? "cmd" : "sh";
const FORMS = { sh: "memfog-hook.sh", node: "memfog-hook.cjs", cmd: "memfog-hook.cmd" };
const INSTALLED = Object.entries(FORMS).filter(([form]) => form !== "cmd" || FORM === "cmd");
const quoteFor = {
  sh: (text) => `'${text.replaceAll("'", "'\\''")}'`,
  node: (text) => JSON.stringify(text),
  cmd: (text) => text.replaceAll("%", "%%"),
};
const placeholderFor = { sh: /@(home|node|client)@/g, node: /"@(home|node|client)@"/g, cmd: /@(node)@/g };

/**
 * Copies the program to its own folder, since npx may clear its cache, and writes the hooks that start it. The folder
 * is named after its content, so that a new version never mixes with the running one.
 */
function install(paths) {
  for (const folder of [paths.home, paths.spool, paths.outbox, paths.quarantine, paths.clients])
    makePrivateFolder(folder);
  saveMachineId(paths);
  const client = copyProgram(paths);
  fs.mkdirSync(paths.hooks, { recursive: true, mode: 0o700 });
  writeHooks(paths, client);
  writeLauncher(paths, client);
  // A shipper of an earlier version ends when its lease is gone.
  fs.rmSync(paths.lease, { force: true });
  removeOldClients(paths, client);
}

/**
 * The entries for settings.json, [{event, group}]. Each is one shell line in which every path is quoted: hosts that do
 * not support `args`, or that drop our keys, run the same line; a host that takes the line for the name of a program
 * finds none. `events` are those that the host supports (null: all), `registration` is where the entries are written:
 * user or project.
 */
function entries(paths, form = FORM, { withExtra = false, events = null, registration = "user" } = {}) {
  const file = path.join(paths.hooks, FORMS[form]);
  return hooksOf({ withExtra })
    .filter(({ event }) => events === null || events.has(event))
    .map(({ hook, event }) => ({
      event,
      group: {
        hooks: [{ type: "command", command: lineFor[form](file, hook, registration), timeout: HOOK_TIMEOUT_S }],
      },
    }));
}

const lineFor = {
  sh: (file, hook, registration) => shellLine(quoteFor.sh(file), hook, registration),
  // Any shell on Windows, Git Bash or PowerShell, accepts a path with forward slashes and no blanks.
  cmd: (file, hook, registration) => `${quoteForWindows(file.replaceAll("\\", "/"))} ${hook} ${registration}`,
};

/**
 * Sources the hook, which saves a second process. If it is missing, the line drains stdin and exits 0 (2 would block
 * tools).
 */
const shellLine = (file, hook, registration) =>
  `set -- ${hook} ${registration}; f=${file}; [ -r "$f" ] && . "$f"; cat >/dev/null; exit 0`;

const quoteForWindows = (word) => (/^[\w:/.~-]+$/.test(word) ? word : `"${word.replace(/[$`]/g, "\\$&")}"`);

/** Removes the hook files, also from these folders, and the program; waiting events stay. */
function uninstall(paths, otherFolders = []) {
  for (const folder of [paths.hooks, ...otherFolders]) {
    for (const name of Object.values(FORMS)) fs.rmSync(path.join(folder, name), { force: true });
    removeIfEmpty(folder);
  }
  for (const folder of [paths.clients, paths.launchers, paths.undo])
    fs.rmSync(folder, { recursive: true, force: true });
  for (const file of [paths.lease, paths.starting]) fs.rmSync(file, { force: true });
}

const isInstalled = (paths) => INSTALLED.every(([, name]) => fs.existsSync(path.join(paths.hooks, name)));

/** Salts the ids of events, so that two machines of one user never create the same id. */
function saveMachineId(paths) {
  if (readIfExists(paths.machine) === null) writeAtomically(paths.machine, crypto.randomUUID());
}

function copyProgram(paths) {
  const files = CLIENT_PARTS.flatMap((part) =>
    part.endsWith(".json") ? [path.join(SOURCE, part)] : listFiles(path.join(SOURCE, part)),
  );
  const contents = files.map((file) => ({
    name: path.relative(SOURCE, file).replaceAll(path.sep, "/"),
    content: fs.readFileSync(file),
  }));
  const { version } = require("../../package.json");
  // The server that serves this package computes the same digest (dashboard/base/client_package.py), so that builds can
  // be compared.
  const digest = sha256(contents.map(({ name, content }) => `${name} ${sha256(content)}\n`).join(""));
  const client = path.join(paths.clients, `${version}-${digest.slice(0, 8)}`);
  const isNew = !fs.existsSync(client);
  try {
    for (const { name, content } of [...contents, ...joinPrograms()]) {
      fs.mkdirSync(path.dirname(path.join(client, name)), { recursive: true, mode: 0o700 });
      writeAtomically(path.join(client, name), content);
    }
  } catch (error) {
    // An incomplete program is useless, and on a full disk it takes space.
    if (isNew) fs.rmSync(client, { recursive: true, force: true });
    throw error;
  }
  return client;
}

const joinPrograms = () =>
  Object.entries(JOINED).flatMap(([name, program]) => [
    { name: `joined/${name}.js`, content: `require(${RUN_JOINED}).runJoined(module, require);\n` },
    { name: `joined/${name}.text`, content: joinProgram(SOURCE, program) },
  ]);

/** Writes the hook in all its forms, for the program at `client`. */
function writeHooks(paths, client) {
  for (const [form] of INSTALLED) writeHook(paths, form, client);
}

/** The Node with which the installed hook starts shippers, or null. */
const readHookNode = (paths) =>
  /^home=.* node='((?:[^']|'\\'')*)' client=/m
    .exec(readIfExists(path.join(paths.hooks, FORMS.sh)) ?? "")?.[1]
    .replaceAll("'\\''", "'") ?? null;

function writeHook(paths, form, client) {
  const values = { home: paths.home, node: findStableNode(), client };
  const source = fs.readFileSync(path.join(SOURCE, "hooks", FORMS[form]), "utf8");
  writeAtomically(
    path.join(paths.hooks, FORMS[form]),
    source.replace(placeholderFor[form], (_, name) => quoteFor[form](values[name])),
    { mode: 0o700 },
  );
}

/** `~/.memfog/bin/memfog`, on Windows also `memfog.cmd`: runs the commands without npx and without a network. */
function writeLauncher(paths, client) {
  makePrivateFolder(paths.launchers);
  const program = path.join(client, "bin", "memfog.js");
  for (const { name, text } of launchers(process.platform, { home: paths.home, node: findStableNode(), program }))
    writeAtomically(path.join(paths.launchers, name), text, { mode: 0o700 });
}

function removeOldClients(paths, client) {
  for (const name of listNames(paths.clients))
    if (name !== path.basename(client)) fs.rmSync(path.join(paths.clients, name), { recursive: true, force: true });
}

function removeIfEmpty(folder) {
  if (fs.existsSync(folder) && listNames(folder).length === 0) fs.rmdirSync(folder);
}

module.exports = { install, uninstall, entries, shellLine, isInstalled, writeHooks, readHookNode, HOOK_TIMEOUT_S };
