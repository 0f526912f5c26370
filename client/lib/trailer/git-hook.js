"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { makePrivateFolder, readIfExists, readJson, sha256, writeAtomically } = require("../files.js");
const { git, topOf } = require("../git.js");
const { UserError } = require("../user-error.js");

const HOOK = "prepare-commit-msg";
const ASIDE = `${HOOK}.before-memfog`;
const HOOK_MODE = 0o755;

/** The repository of a folder, as {top, common, hook}: its folder, that of git which worktrees share, and its hook. */
function findRepository(folder) {
  const top = topOf(folder);
  const names = top && git(top, ["rev-parse", "--git-common-dir", "--git-path", "hooks"])?.trimEnd().split("\n");
  if (!names) throw new UserError("this folder is in no git repository");
  const [common, hooks] = names.map((name) => path.resolve(top, name));
  return { top, common: fs.realpathSync(common), hook: path.join(hooks, HOOK) };
}

/**
 * Installs the hook, and keeps one that is there: it is renamed, and runs first. Returns whether anything was changed.
 * Other repositories may share the folder of hooks: `core.hooksPath`.
 */
function installHook(paths, { common, hook }) {
  const records = readRecords(paths);
  if (records[common]?.hook === hook && isOurs(hook, records[common])) return false;
  const shared = Object.values(records).find((record) => record.hook === hook && isOurs(hook, record));
  if (!shared && fs.existsSync(aside(hook))) throw new UserError(`${aside(hook)} is in the way; nothing was changed`);
  const record = shared ?? { hook, ...writeHook(paths, hook) };
  saveRecords(paths, { ...records, [common]: record });
  return true;
}

function writeHook(paths, hook) {
  const text = hookText(paths);
  const madeFolder = fs.mkdirSync(path.dirname(hook), { recursive: true }) !== undefined;
  const wasThere = fs.lstatSync(hook, { throwIfNoEntry: false }) !== undefined;
  if (wasThere) fs.renameSync(hook, aside(hook));
  try {
    writeAtomically(hook, text, { mode: HOOK_MODE });
  } catch (error) {
    if (wasThere) fs.renameSync(aside(hook), hook);
    throw error;
  }
  return { digest: sha256(text), wasThere, madeFolder };
}

/** Takes the hook of a repository back, as it was before. Returns whether there was one. */
function removeHook(paths, common) {
  const { [common]: record, ...others } = readRecords(paths);
  if (!record) return false;
  const isShared = Object.values(others).some(({ hook }) => hook === record.hook);
  if (!isShared) restoreHook(record);
  saveRecords(paths, others);
  return true;
}

function restoreHook(record) {
  const { hook, wasThere, madeFolder } = record;
  const isThere = fs.existsSync(hook);
  if (isThere && !isOurs(hook, record))
    throw new UserError(`${hook} was changed since; remove Memfog's lines from it yourself`);
  if (wasThere && fs.lstatSync(aside(hook), { throwIfNoEntry: false })) fs.renameSync(aside(hook), hook);
  else fs.rmSync(hook, { force: true });
  const folder = path.dirname(hook);
  if (madeFolder && fs.existsSync(folder) && fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
}

/** Takes all hooks back; returns those that could not be, as {file, why}. */
function removeAllHooks(paths) {
  return Object.entries(readRecords(paths)).flatMap(([common, { hook }]) => {
    try {
      removeHook(paths, common);
      return [];
    } catch (error) {
      return [{ file: hook, why: error.message }];
    }
  });
}

const isEnabled = (paths, { common }) => common in readRecords(paths);

const aside = (hook) => path.join(path.dirname(hook), ASIDE);
const isOurs = (hook, { digest }) => sha256(readIfExists(hook) ?? "") === digest;
const readRecords = (paths) => readJson(paths.trailers) ?? {};

function saveRecords(paths, records) {
  makePrivateFolder(paths.home);
  if (Object.keys(records).length) writeAtomically(paths.trailers, JSON.stringify(records));
  else fs.rmSync(paths.trailers, { force: true });
}

const quote = (text) => `'${text.replaceAll("\\", "/").replaceAll("'", "'\\''")}'`;

/** The hook before runs first, and may refuse the commit. Memfog's part never does. */
function hookText(paths) {
  const isWindows = process.platform === "win32";
  const program = quote(path.join(paths.launchers, isWindows ? "memfog.cmd" : "memfog"));
  return `#!/bin/sh
# Memfog adds \`Memfog-Session: <id>\` to the commits of sessions. Take it back with: memfog trailer --off
before=$(dirname "$0")/${ASIDE}
if [ -x "$before" ]; then "$before" "$@" || exit $?; fi
program=${program}
[ -n "\${CLAUDECODE-}\${CLAUDE_CODE_SESSION_ID-}" ] || ls ${quote(paths.transcripts)}/*.open >/dev/null 2>&1 || exit 0
[ -f "$program" ] || exit 0
${isWindows ? 'cmd //c "$program"' : '"$program"'} trailer --add "$1" --source "\${2-}" </dev/null >/dev/null 2>&1
exit 0
`;
}

module.exports = { findRepository, installHook, isEnabled, removeAllHooks, removeHook };
