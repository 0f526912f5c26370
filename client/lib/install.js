"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { extra, table } = require("./hooks.js");
const { filesUnder, namesIn, privateFolder, readIfThere, sha256, writeAtomically } = require("./files.js");

const SOURCE = path.dirname(__dirname);
const PARTS = ["bin", "hooks", "lib", "package.json"];
const SECONDS_FOR_A_HOOK = 10;
// Without this guard a hook file that someone deleted would end dash with 2, and 2 blocks every tool.
const GUARD = '[ -r "$0" ] && . "$0"; exit 0';

const HAS_SH = process.platform !== "win32" && fs.existsSync("/bin/sh");
const FORMS = { sh: "memfog-hook.sh", node: "memfog-hook.cjs" };
const quoteFor = { sh: (text) => `'${text.replaceAll("'", "'\\''")}'`, node: (text) => JSON.stringify(text) };

/**
 * Copies the program to a place of its own, since the cache of npx may vanish, then the hooks that lead to it.
 * The folder is named after its content: a new version never mixes with the one that runs.
 */
function install(place) {
  for (const folder of [place.home, place.spool, place.outbox, place.quarantine, place.clients]) privateFolder(folder);
  rememberMachine(place);
  const client = copyProgram(place);
  fs.mkdirSync(place.hooks, { recursive: true });
  writeHooks(place, client);
  writeLauncher(place, client);
  // A shipper of an earlier version ends when its lease is gone.
  fs.rmSync(place.lease, { force: true });
  removeOtherPrograms(place, client);
}

/** The entries for settings.json, [{event, group}], in the exec form: no shell splits the paths. */
function entries(place, form = HAS_SH ? "sh" : "node", { withExtra = false } = {}) {
  const file = path.join(place.hooks, FORMS[form]);
  const start = { sh: { command: "/bin/sh", args: ["-c", GUARD, file] }, node: { command: process.execPath, args: [file] } }[form];
  return [...table, ...(withExtra ? extra : [])].map(({ hook, event }) => ({ event, group: { hooks: [{
    type: "command", command: start.command, args: [...start.args, hook], timeout: SECONDS_FOR_A_HOOK, _memfog: 1,
  }] } }));
}

/** Takes the files of the hooks and the program away; what waits for delivery stays. */
function uninstall(place) {
  for (const name of Object.values(FORMS)) fs.rmSync(path.join(place.hooks, name), { force: true });
  for (const folder of [place.clients, place.launchers, place.undo]) fs.rmSync(folder, { recursive: true, force: true });
  for (const file of [place.lease, place.starting]) fs.rmSync(file, { force: true });
  removeIfEmpty(place.hooks);
}

const isInstalled = (place) => Object.values(FORMS).every((name) => fs.existsSync(path.join(place.hooks, name)));

/** Salts the ids of events, so that two machines of one user never mint the same. */
function rememberMachine(place) {
  if (readIfThere(place.machine) === null) writeAtomically(place.machine, crypto.randomUUID());
}

function copyProgram(place) {
  const files = PARTS.flatMap((part) => (part.endsWith(".json") ? [path.join(SOURCE, part)] : filesUnder(path.join(SOURCE, part))));
  const contents = files.map((file) => ({ name: path.relative(SOURCE, file), content: fs.readFileSync(file) }));
  const { version } = require("../package.json");
  const digest = sha256(contents.map(({ name, content }) => `${name} ${sha256(content)}\n`).join(""));
  const client = path.join(place.clients, `${version}-${digest.slice(0, 8)}`);
  for (const { name, content } of contents) {
    fs.mkdirSync(path.dirname(path.join(client, name)), { recursive: true });
    writeAtomically(path.join(client, name), content);
  }
  return client;
}

/** The hook in both its forms, leading to the program at `client`. */
function writeHooks(place, client) {
  for (const form of Object.keys(FORMS)) writeHook(place, form, client);
}

/** The Node that the installed hook starts shippers with, or null. */
const nodeOfHook = (place) => /^home=.* node='((?:[^']|'\\'')*)' client=/m.exec(readIfThere(path.join(place.hooks, FORMS.sh)) ?? "")?.[1].replaceAll("'\\''", "'") ?? null;

function writeHook(place, form, client) {
  const known = { home: place.home, node: process.execPath, client };
  const source = fs.readFileSync(path.join(SOURCE, "hooks", FORMS[form]), "utf8");
  const placeholder = form === "sh" ? /@(home|node|client)@/g : /"@(home|node|client)@"/g;
  writeAtomically(path.join(place.hooks, FORMS[form]), source.replace(placeholder, (_, name) => quoteFor[form](known[name])), { mode: 0o700 });
}

/** `~/.memfog/bin/memfog`: the commands at hand, without npx and without a network. */
function writeLauncher(place, client) {
  privateFolder(place.launchers);
  const program = path.join(client, "bin", "memfog.js");
  const script = launcher(process.platform, { home: place.home, node: process.execPath, program });
  writeAtomically(path.join(place.launchers, script.name), script.text, { mode: 0o700 });
}

/** The script that starts the program, as {name, text}. In cmd a percent sign is doubled, and stands for itself then. */
function launcher(platform, { home, node, program }) {
  if (platform !== "win32") return { name: "memfog", text: `#!/bin/sh\nMEMFOG_HOME=${quoteFor.sh(home)} exec ${quoteFor.sh(node)} ${quoteFor.sh(program)} "$@"\n` };
  const [homeText, nodeText, programText] = [home, node, program].map((text) => text.replaceAll("%", "%%"));
  return { name: "memfog.cmd", text: `@set "MEMFOG_HOME=${homeText}"\r\n@"${nodeText}" "${programText}" %*\r\n` };
}

function removeOtherPrograms(place, client) {
  for (const name of namesIn(place.clients))
    if (name !== path.basename(client)) fs.rmSync(path.join(place.clients, name), { recursive: true, force: true });
}

function removeIfEmpty(folder) {
  if (fs.existsSync(folder) && namesIn(folder).length === 0) fs.rmdirSync(folder);
}

module.exports = { install, uninstall, entries, isInstalled, writeHooks, nodeOfHook, launcher, GUARD, SECONDS_FOR_A_HOOK };
