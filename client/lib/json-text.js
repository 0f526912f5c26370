"use strict";

const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/;
const TOKEN = new RegExp(`${STRING.source}|${NUMBER.source}|true|false|null`, "y");
const SPACE = /[ \t\r\n]*/y;
const WORDS = { "/": "a comment", "]": "a trailing comma", "}": "a trailing comma", "": "the end of the file" };

class NotJson extends Error {
  constructor(text, offset) {
    const line = text.slice(0, offset).split(/\r\n|\r|\n/).length;
    super(`line ${line}: ${WORDS[text.charAt(offset)] ?? "an unexpected character"}`);
    this.line = line;
  }
}

/**
 * Strict JSON as a tree that remembers where each value stands: {type, start, end, items: [{key, start, value}]}.
 * Made for editing a file without touching the rest of it. Throws NotJson with the line.
 */
function parseWithPlaces(text) {
  let at = 0;
  const space = () => {
    SPACE.lastIndex = at;
    SPACE.test(text);
    at = SPACE.lastIndex;
  };
  const fail = () => {
    throw new NotJson(text, at);
  };
  const take = (character) => {
    if (text[at] !== character) fail();
    at += 1;
  };

  function scalar() {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) fail();
    const start = at;
    at += token.length;
    return { type: "scalar", start, end: at, value: JSON.parse(token) };
  }

  function key() {
    if (text[at] !== '"') fail();
    const { value } = scalar();
    space();
    take(":");
    space();
    return value;
  }

  function container(type, close) {
    const node = { type, start: at, items: [] };
    at += 1;
    space();
    if (text[at] !== close)
      for (;;) {
        const start = at;
        const item = { start, key: type === "object" ? key() : node.items.length, value: value() };
        node.items.push(item);
        space();
        if (text[at] !== ",") break;
        at += 1;
        space();
      }
    take(close);
    return Object.assign(node, { end: at });
  }

  function value() {
    if (text[at] === "{") return container("object", "}");
    if (text[at] === "[") return container("array", "]");
    return scalar();
  }

  space();
  const root = value();
  space();
  if (at < text.length) fail();
  return root;
}

/** The member a JSON reader would see: of equal keys the last one counts. */
function member(node, key) {
  return node?.type === "object" ? node.items.findLast((item) => item.key === key) : undefined;
}

module.exports = { parseWithPlaces, member, NotJson };
