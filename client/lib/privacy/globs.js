"use strict";

const SPECIAL = /[.+^${}()|[\]\\]/g;
const GLOB = { "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" };

/** A pattern of folders as a test of paths with forward slashes; what matches a folder matches all below it. */
function matcher(pattern, { anywhere = false, ignoreCase = false } = {}) {
  const body = pattern
    .replace(/\/+$/, "")
    .replace(/\*\*\/|\*\*|\*|\?|[^*?]+/g, (part) => GLOB[part] ?? part.replace(SPECIAL, "\\$&"));
  const whole = new RegExp(`^${anywhere ? "(?:.*/)?" : ""}${body}(?:/.*)?$`, ignoreCase ? "is" : "s");
  return (path) => whole.test(path);
}

/** Windows writes paths with backslashes, and does not tell cases apart. */
const toForwardSlashes = (path) => (/^[A-Za-z]:[\\/]|^\\\\/.test(path) ? path.replaceAll("\\", "/") : path);

const isOfWindows = (path) => /^[A-Za-z]:\//.test(path) || path.startsWith("//");

module.exports = { matcher, toForwardSlashes, isOfWindows };
