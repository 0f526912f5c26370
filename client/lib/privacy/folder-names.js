"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { windowsNameOf } = require("./folder-key.js");
const { matcher, toForwardSlashes } = require("./globs.js");

// More folders than this are not searched for links.
const MAX_MATCHING = 1_000;

/** A folder from `~`, as a whole path. */
const expandHome = (folder, home = os.homedir()) => folder.replace(/^~(?=[\\/]|$)/, () => home);

/**
 * Every name of a folder, so that none of them passes an exclusion by: as written, without `.`, `..` and double
 * slashes, where its links lead, and as Windows names it. `realNames` caches what was looked up.
 */
function listNames(folder, realNames = new Map()) {
  const written = toForwardSlashes(folder);
  const names = [written, normalize(written), ...findRealNames(folder, realNames).map(toForwardSlashes)];
  return [...new Set(names.flatMap((name) => [name, windowsNameOf(name) ?? name]))];
}

/** The same for a pattern of folders: its links are followed, also among what `*` and `?` stand for, not below `**`. */
function listPatternNames(pattern) {
  const [fixed] = /^[^*?]*(?=\/[^/]*[*?])|^[^*?]*$/.exec(pattern) ?? [""];
  const rest = pattern.slice(fixed.length);
  if (fixed === "") return [pattern, ...followLinks(pattern)];
  const names = listNames(fixed).map((name) => name.replace(/\/+$/, "") + rest);
  return [...new Set(names.flatMap((name) => [name, ...followLinks(name)]))];
}

/** The pattern behind each link on the way to what it matches. */
function followLinks(pattern) {
  const [root, ...parts] = pattern.replace(/\/+$/, "").split("/");
  const found = [];
  let folders = new Set([`${root}/`]);
  for (const [index, part] of parts.entries()) {
    if (part.includes("**")) break;
    const rest = ["", ...parts.slice(index + 1)].join("/");
    const reached = new Set();
    for (const { name, isLink } of matchingIn(folders, part, { isLast: rest === "" })) {
      const real = isLink ? toForwardSlashes(resolveLinks(name)) : name;
      if (isLink) found.push(real + rest);
      reached.add(real);
      if (reached.size === MAX_MATCHING) break;
    }
    folders = reached;
  }
  return found;
}

/** What may lead to an excluded folder: links, and folders on the way. */
function* matchingIn(folders, part, { isLast }) {
  for (const folder of folders)
    for (const entry of listMatching(folder, part)) if (entry.isLink || (entry.isFolder && !isLast)) yield entry;
}

/** {name, isLink, isFolder} of what is in the folder by a name like `part`. */
function listMatching(folder, part) {
  const toEntry = (name, status) => ({
    name: path.posix.join(folder, name),
    isLink: status.isSymbolicLink(),
    isFolder: status.isDirectory(),
  });
  try {
    if (!/[*?]/.test(part)) return [toEntry(part, fs.lstatSync(path.posix.join(folder, part)))];
    const isLike = matcher(part, { ignoreCase: true });
    return fs
      .readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => isLike(name))
      .map((entry) => toEntry(entry.name, entry));
  } catch {
    // It does not exist, or is not accessible.
    return [];
  }
}

/** UNC names begin with two slashes. */
const normalize = (name) => (name.startsWith("//") ? `/${path.posix.normalize(name)}` : path.posix.normalize(name));

/** `..` after a link is the parent of the link for most programs, and that of its target for the system. */
function findRealNames(folder, realNames) {
  if (!path.isAbsolute(folder)) return [];
  if (!realNames.has(folder)) {
    const spellings = folder.includes("..") ? [path.resolve(folder), folder] : [path.resolve(folder)];
    realNames.set(folder, spellings.map(resolveLinks));
  }
  return realNames.get(folder);
}

/** A file that a tool is about to create has no real name yet, but its folder has. */
function resolveLinks(folder) {
  for (let current = folder; ; current = path.dirname(current)) {
    try {
      return path.join(fs.realpathSync.native(current), path.relative(current, folder));
    } catch {
      // It does not exist, or is not accessible.
    }
    if (current === path.dirname(current)) return folder;
  }
}

module.exports = { expandHome, listNames, listPatternNames };
