"use strict";
const os = require("node:os");
const path = require("node:path");
const { readIfThere } = require("../files.js");
const { forward, isOfWindows, matcher } = require("./globs.js");

const IGNORE_FILE = ".memfogignore";

/**
 * Tells excluded folders, by the patterns of config.json (a folder from the root or `~`, or a repository such as
 * github.com/owner/*) and by .memfogignore files: an empty one excludes its folder, its lines what they name within.
 */
function exclusions(patterns, home = os.homedir()) {
  const isFolder = (pattern) => /^(?:[~/\\]|[A-Za-z]:)/.test(pattern);
  const folders = patterns
    .filter(isFolder)
    .map((pattern) => folderMatcher(forward(pattern.replace(/^~(?=[\\/]|$)/, () => home))));
  const repos = patterns
    .filter((pattern) => !isFolder(pattern))
    .map((pattern) => matcher(pattern, { ignoreCase: true }));
  const known = new Map();
  const rulesIn = (folder) => known.get(folder) ?? known.set(folder, readRules(folder)).get(folder);
  return {
    hasFolder: (folder) =>
      folder !== "" && (folders.some((matches) => matches(forward(folder))) || isIgnored(folder, rulesIn)),
    hasRepo: (repo) => repo !== null && repos.some((matches) => matches(repo)),
  };
}

const folderMatcher = (pattern) => matcher(pattern, { ignoreCase: isOfWindows(pattern) });

function isIgnored(folder, rulesIn) {
  if (!path.isAbsolute(folder)) return false;
  for (let here = path.resolve(folder); ; here = path.dirname(here)) {
    const rules = rulesIn(here);
    if (rules && excludes(rules, path.relative(here, folder).replaceAll(path.sep, "/"))) return true;
    if (here === path.dirname(here)) return false;
  }
}

/** The last rule that matches decides, as in .gitignore. */
const excludes = (rules, within) => rules.findLast(({ matches }) => matches(within))?.excludes ?? false;

function readRules(folder) {
  const text = read(path.join(folder, IGNORE_FILE));
  if (text === null) return null;
  const lines = text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return lines.length ? lines.map(ruleOf) : [{ matches: () => true, excludes: true }];
}

function ruleOf(line) {
  const excludesIt = !line.startsWith("!");
  const pattern = line.replace(/^!/, "").replace(/^\.?\/(?=.)/, "/");
  if (["*", "**", ".", "/"].includes(pattern)) return { matches: () => true, excludes: excludesIt };
  const isAnchored = pattern.replace(/\/$/, "").includes("/");
  return { matches: matcher(pattern.replace(/^\//, ""), { anywhere: !isAnchored }), excludes: excludesIt };
}

function read(file) {
  try {
    return readIfThere(file);
  } catch {
    // One that can not be read is there all the same: better too little sent than too much.
    return "";
  }
}

module.exports = { exclusions };
