"use strict";
const os = require("node:os");
const path = require("node:path");
const { readIfExists } = require("../files.js");

const DEFAULT_PORTS = { "ssh:": "22", "https:": "443", "http:": "80", "git:": "9418", "git+ssh:": "22" };

/**
 * The name of a folder's repository: `host/owner/name` of its origin, else its main folder, which its worktrees share.
 * Null without a repository; it runs no git process.
 */
function repoOf(folder) {
  const repository = findRepository(folder);
  const url = originIn(repository?.config ?? "");
  return (url ? normalizeUrl(url) : null) ?? mainFolderOf(repository, folder);
}

/** The main folder of a folder's repository, or null: a worktree may lie anywhere. */
const mainOf = (folder) => mainFolderOf(findRepository(folder), folder);

/** A home folder in a repository of its own files does not make one project of all that lies in it. */
function mainFolderOf(repository, folder) {
  if (!repository) return null;
  const { git, shared, isWorktree } = repository;
  const main = isWorktree ? withoutGit(shared) : path.dirname(git);
  return main === os.homedir() && path.resolve(folder) !== main ? null : main;
}

/** The common folder of the worktrees of a bare repository is the repository itself. */
const withoutGit = (shared) => (path.basename(shared) === ".git" ? path.dirname(shared) : shared);

/** The branch that is checked out now, or null for none or a detached commit. */
function branchOf(folder) {
  const head = findRepository(folder)?.head ?? "";
  return /^ref:\s*refs\/heads\/(.+?)\s*$/.exec(head)?.[1] ?? null;
}

/** The repository that contains a folder, as {git, shared, isWorktree, config, head}: `config` as git wrote it. */
function findRepository(folder) {
  if (!folder || !path.isAbsolute(folder)) return null;
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    const found = readRepository(path.join(current, ".git"));
    if (found.config !== null) return found;
    if (current === path.dirname(current)) return null;
  }
}

/**
 * `.git` is a folder, or a file that names one: a worktree's names the common folder, a submodule's has its own config.
 */
function readRepository(git) {
  const pointer = readIfReadable(git);
  const folder = pointer === null ? git : path.resolve(path.dirname(git), pointer.replace(/^gitdir:\s*/, "").trim());
  const common = readIfReadable(path.join(folder, "commondir"));
  const shared = common === null ? folder : path.resolve(folder, common.trim());
  const [config, head] = [path.join(shared, "config"), path.join(folder, "HEAD")].map(readIfReadable);
  return { git, shared, isWorktree: common !== null, config, head };
}

function readIfReadable(file) {
  try {
    return readIfExists(file);
  } catch {
    // A folder, or an unreadable file: the same as none.
    return null;
  }
}

function originIn(config) {
  let isOrigin = false;
  for (const line of config.split(/\r?\n/)) {
    if (/^\s*\[/.test(line)) isOrigin = /^\s*\[remote\s+"origin"\]/i.test(line);
    const url = isOrigin && /^(?:\s*\[[^\]]*\])?\s*url\s*=\s*(.*?)\s*$/i.exec(line)?.[1];
    if (url) return url.replace(/\s+[#;].*$/, "").replace(/^"(.*)"$/, "$1");
  }
  return null;
}

function normalizeUrl(url) {
  const scp = /^(?:[^@/\s]+@)?([^:/\s]{2,}):(?!\/\/)(.+)$/.exec(url);
  const parsed = scp ? { host: scp[1], pathname: scp[2] } : parseUrl(url);
  if (!parsed?.host) return null;
  const name = parsed.pathname.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  return name ? `${parsed.host.toLowerCase()}/${name}` : null;
}

function parseUrl(url) {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !(parsed.protocol in DEFAULT_PORTS)) return null;
  const isDefaultPort = !parsed.port || parsed.port === DEFAULT_PORTS[parsed.protocol];
  return { host: isDefaultPort ? parsed.hostname : parsed.host, pathname: decodePath(parsed.pathname) };
}

function decodePath(pathname) {
  try {
    return decodeURI(pathname);
  } catch {
    return pathname;
  }
}

module.exports = { repoOf, mainOf, branchOf, normalizeUrl };
