"use strict";

const SPECIAL = /[.+^${}()|[\]\\]/g;
const GLOB = { "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" };

/**
 * Turns a folder pattern into a test for paths with forward slashes; a folder's match includes everything below it.
 * Disks write one accented letter in two ways, as one character or as two.
 */
function matcher(pattern, { anywhere = false, ignoreCase = false } = {}) {
  const body = pattern
    .normalize("NFC")
    .replace(/\/+$/, "")
    .replace(/\*\*\/|\*\*|\*|\?|[^*?]+/g, (part) => GLOB[part] ?? part.replace(SPECIAL, "\\$&"));
  const whole = new RegExp(`^${anywhere ? "(?:.*/)?" : ""}${body}(?:/.*)?$`, ignoreCase ? "is" : "s");
  return (path) => whole.test(path.normalize("NFC"));
}

/** Windows writes paths with backslashes and ignores case. */
const toForwardSlashes = (path) => (/^[A-Za-z]:[\\/]|^\\\\/.test(path) ? path.replaceAll("\\", "/") : path);

const isOfWindows = (path) => /^[A-Za-z]:\//.test(path) || path.startsWith("//");

module.exports = { matcher, toForwardSlashes, isOfWindows };
