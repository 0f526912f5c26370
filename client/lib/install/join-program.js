// Joins a program and its modules into one text. To find, read and compile a file takes Node longer than to run what a
// hook needs of it.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const REQUIRED = /\brequire\("(\.\.?\/[^"]+)"\)/g;
const HEAD = `(function (module, require) {
"use strict";
const joined = {};
const loaded = {};
function load(name) {
  if (!loaded[name]) {
    loaded[name] = { exports: {} };
    joined[name](loaded[name]);
  }
  return loaded[name].exports;
}`;

/**
 * The text of a function of `module` and `require` that does what the program `entry` of the folder `root` does. It
 * contains ASCII alone, and every module that is required by a literal relative path with its extension; such a module
 * runs when it is first required, as before. No module may use `__dirname` or `exports`.
 */
function joinProgram(root, entry) {
  const modules = new Map();
  const program = translate(path.join(root, entry), { root, modules });
  return escapeNonAscii([HEAD, ...modules.values(), `${program}})`].join("\n"));
}

/** The text of the module, which loads others by their names. Adds those to `modules`. */
function translate(file, { root, modules }) {
  return fs.readFileSync(file, "utf8").replace(REQUIRED, (_, relative) => {
    const required = path.resolve(path.dirname(file), relative);
    const name = path.relative(root, required).replaceAll(path.sep, "/");
    if (!modules.has(name)) {
      modules.set(name, ""); // a module that requires it meanwhile must not add it again
      modules.set(name, wrap(name, translate(required, { root, modules })));
    }
    return `load("${name}")`;
  });
}

const wrap = (name, text) =>
  name.endsWith(".json")
    ? `joined["${name}"] = (module) => {\nmodule.exports = ${text.trim()};\n};`
    : `joined["${name}"] = (module) => {\n${text}};`;

/** An escape means the same in a string, a template and a pattern, and nothing in a comment. */
const escapeNonAscii = (text) =>
  text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

module.exports = { joinProgram };
