"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { makePrivateFolder, readIfExists, readJson, sha256, writeAtomically } = require("../files.js");
const { git, topOf } = require("../git/git.js");
const { describeError, UserError } = require("../user-error.js");
const { ASIDE, hookText, isHookText } = require("./hook-text.js");

const HOOK = "prepare-commit-msg";
const WRAPPED = ["", ".legacy"];
const HOOK_MODE = 0o755;

/** The repository of a folder, as {top, common, hook}: its folder, that of git which worktrees share, and its hook. */
function findRepository(folder) {
  const top = topOf(folder);
  const names = top && git(top, ["rev-parse", "--git-common-dir", "--git-path", "hooks"])?.trimEnd().split("\n");
  if (!names) throw new UserError("this folder is in no git repository, or in one without files (bare)");
  const [common, hooks] = names.map((name) => path.resolve(top, name));
  return { top, common: fs.realpathSync(common), hook: path.join(hooks, HOOK) };
}

/** Whether a hook lies among the files of its repository, so that it may be committed by mistake. */
const isTracked = ({ top, common, hook }) =>
  isInside(fs.realpathSync(path.dirname(hook)), fs.realpathSync(top)) &&
  !isInside(fs.realpathSync(path.dirname(hook)), common) &&
  git(top, ["check-ignore", "-q", hook]) === null;

const isInside = (file, folder) => file === folder || file.startsWith(folder + path.sep);

/**
 * Installs the hook, and keeps one that is there: it is renamed, and runs first. Returns whether anything was changed.
 * Repositories may share a folder of hooks (`core.hooksPath`), and a worktree may have one of its own.
 */
function installHook(paths, { common, hook }) {
  const records = readRecords(paths);
  const record = isUnchanged(paths, hook, records[hook]) ? (records[hook] ?? adopt(hook)) : writeHook(paths, hook);
  const { repositories = [] } = records[hook] ?? {};
  if (record === records[hook] && repositories.includes(common)) return false;
  const users = [...new Set([...repositories, common])];
  saveRecords(paths, { ...records, [hook]: { ...record, repositories: users } });
  return true;
}

/** Whether the hook is as Memfog wrote it; its record may be lost, or the repository was copied. */
const isUnchanged = (paths, hook, record) => {
  const text = readIfExists(hook);
  return text !== null && [record?.digest, sha256(textFor(paths, hook))].includes(sha256(text));
};

const adopt = (hook) => ({ digest: sha256(readIfExists(hook)), madeFolder: false });

const textFor = (paths, hook) => hookText(paths, readIfExists(asideOf(hook)) ?? "");

function writeHook(paths, hook) {
  const folder = path.dirname(hook);
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new UserError(`git runs no hooks here: ${folder} is no folder (core.hooksPath)`);
  const madeFolder = fs.mkdirSync(folder, { recursive: true }) !== undefined;
  const moved = moveAside(hook);
  try {
    const text = textFor(paths, hook);
    writeAtomically(hook, text, { mode: HOOK_MODE });
    return { digest: sha256(text), madeFolder };
  } catch (error) {
    if (moved) fs.renameSync(asideOf(hook), hook);
    throw error;
  }
}

/** Makes room for the hook. Returns whether one was there. One of Memfog's would run itself without end. */
function moveAside(hook) {
  const aside = asideOf(hook);
  const there = readIfExists(hook);
  if (isHookText(there))
    throw new UserError(`${hook} is Memfog's, but changed or of another home folder; delete it and try again`);
  const before = readIfExists(aside);
  if (before !== null && there !== null && before !== there)
    throw new UserError(
      `${aside} is in the way: the hook before Memfog, which another tool replaced; delete one of them`,
    );
  if (fs.lstatSync(hook, { throwIfNoEntry: false }) === undefined) return false;
  // A tool that writes its hook again, such as husky, brings back what is kept aside already.
  fs.renameSync(hook, aside);
  return true;
}

/**
 * Restores the hooks of a repository as they were before. Returns those that were there, as {hook, isReplaced}:
 * what another tool wrote in its place stays.
 */
function removeHook(paths, common) {
  const own = Object.entries(readRecords(paths)).filter(([, { repositories }]) => repositories.includes(common));
  return own.map(([hook, record]) => {
    const repositories = record.repositories.filter((one) => one !== common);
    const isReplaced = repositories.length === 0 && !restoreHook(hook, record);
    const { [hook]: _, ...others } = readRecords(paths);
    saveRecords(paths, repositories.length ? { ...others, [hook]: { ...record, repositories } } : others);
    return { hook, isReplaced };
  });
}

function restoreHook(hook, { digest, madeFolder }) {
  const [there, aside] = [readIfExists(hook), asideOf(hook)];
  const isOurs = there === null || sha256(there) === digest;
  if (!isOurs && isHookText(there))
    throw new UserError(`${hook} was changed since; remove Memfog's lines from it yourself`);
  if (!isOurs) {
    if (readIfExists(aside) === there) fs.rmSync(aside);
    return false;
  }
  if (fs.lstatSync(aside, { throwIfNoEntry: false })) fs.renameSync(aside, hook);
  else fs.rmSync(hook, { force: true });
  const folder = path.dirname(hook);
  if (madeFolder && fs.existsSync(folder) && fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
  return true;
}

/** Restores all hooks: {removed: their paths, left: [{file, why}] that could not be restored}. */
function removeAllHooks(paths) {
  const [removed, left] = [[], []];
  const repositories = Object.values(readRecords(paths)).flatMap((record) => record.repositories);
  for (const common of new Set(repositories))
    try {
      const own = removeHook(paths, common).filter(({ isReplaced }) => !isReplaced);
      removed.push(...own.map(({ hook }) => hook));
    } catch (error) {
      left.push({ file: common, why: describeError(error) });
    }
  return { removed: [...new Set(removed)], left };
}

const isEnabled = (paths, { common }) =>
  Object.values(readRecords(paths)).some(({ repositories }) => repositories.includes(common));

/** The hooks of repositories that still exist, as {hook, isThere}: a tool that wraps others' may have renamed one. */
const listHooks = (paths) =>
  Object.entries(readRecords(paths))
    .filter(([, { repositories }]) => repositories.some((common) => fs.existsSync(common)))
    .map(([hook, record]) => ({
      hook,
      isThere: WRAPPED.some((ending) => isUnchanged(paths, hook + ending, record)),
    }));

const asideOf = (hook) => path.join(path.dirname(hook), ASIDE);

/** By the path of each hook: {digest, madeFolder, repositories}. */
const readRecords = (paths) =>
  Object.fromEntries(
    Object.entries(readJson(paths.trailers) ?? {}).filter(([, record]) => Array.isArray(record?.repositories)),
  );

function saveRecords(paths, records) {
  makePrivateFolder(paths.home);
  if (Object.keys(records).length) writeAtomically(paths.trailers, JSON.stringify(records));
  else fs.rmSync(paths.trailers, { force: true });
}

module.exports = { findRepository, installHook, isEnabled, isTracked, listHooks, removeAllHooks, removeHook };
