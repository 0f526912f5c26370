"use strict";
const os = require("node:os");
const path = require("node:path");
const { readIfExists } = require("../files.js");
const { expandHome, listNames, listPatternNames } = require("./folder-names.js");
const { toForwardSlashes, isOfWindows, matcher } = require("./globs.js");

const IGNORE_FILE = ".memfogignore";
// Such a file counts as an empty one: sending too little is better than too much.
const UNREADABLE = Symbol("unreadable");

/**
 * Matches excluded folders, by the patterns of config.json (an absolute folder, one from `~`, or a repository such as
 * github.com/owner/*) and by .memfogignore files: an empty file excludes its folder, its lines exclude what they name
 * in it.
 */
function makeExclusions(patterns, home = os.homedir()) {
  const isFolder = (pattern) => /^(?:[~/\\]|[A-Za-z]:)/.test(pattern);
  const folders = patterns
    .filter(isFolder)
    .map((pattern) => toForwardSlashes(expandHome(pattern, home)))
    .flatMap(listPatternNames)
    .map(folderMatcher);
  const repos = patterns
    .filter((pattern) => !isFolder(pattern))
    .map((pattern) => matcher(pattern, { ignoreCase: true }));
  const realNames = new Map();
  const rulesByFolder = new Map();
  const rulesIn = (folder) => {
    // Most folders have no rules: null.
    if (!rulesByFolder.has(folder)) rulesByFolder.set(folder, readRules(folder));
    return rulesByFolder.get(folder);
  };
  const hasName = (folder, options) =>
    folder !== "" &&
    listNames(expandHome(folder, home), realNames).some(
      (name) => folders.some((matches) => matches(name)) || isIgnored(name, rulesIn, options),
    );
  return {
    hasFolder: (folder) => hasName(folder, { unreadable: true }),
    // A word of a command may be no path, or that of a folder that the user can not enter.
    hasWord: (word) => hasName(word, { unreadable: false }),
    hasRepo: (repo) => repo !== null && repos.some((matches) => matches(repo)),
  };
}

// The disks of macOS and Windows ignore case.
const IGNORES_CASE = ["darwin", "win32"].includes(process.platform);

const folderMatcher = (pattern) => matcher(pattern, { ignoreCase: IGNORES_CASE || isOfWindows(pattern) });

function isIgnored(folder, rulesIn, { unreadable }) {
  if (!path.isAbsolute(folder)) return false;
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    const rules = rulesIn(current);
    if (rules === UNREADABLE && unreadable) return true;
    if (Array.isArray(rules) && isExcludedBy(rules, path.relative(current, folder).replaceAll(path.sep, "/")))
      return true;
    if (current === path.dirname(current)) return false;
  }
}

/** The last matching rule wins, as in .gitignore. */
const isExcludedBy = (rules, within) => rules.findLast(({ matches }) => matches(within))?.excludes ?? false;

function readRules(folder) {
  const text = readIgnoreFile(path.join(folder, IGNORE_FILE));
  if (text === null || text === UNREADABLE) return text;
  const lines = text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return lines.length ? lines.map(parseRule) : [{ matches: () => true, excludes: true }];
}

function parseRule(line) {
  const excludesIt = !line.startsWith("!");
  const pattern = line.replace(/^!/, "").replace(/^\.?\/(?=.)/, "/");
  if (["*", "**", ".", "/"].includes(pattern)) return { matches: () => true, excludes: excludesIt };
  const isAnchored = pattern.replace(/\/$/, "").includes("/");
  const matches = matcher(pattern.replace(/^\//, ""), { anywhere: !isAnchored, ignoreCase: IGNORES_CASE });
  return { matches, excludes: excludesIt };
}

function readIgnoreFile(file) {
  try {
    return readIfExists(file);
  } catch {
    return UNREADABLE;
  }
}

module.exports = { makeExclusions };
