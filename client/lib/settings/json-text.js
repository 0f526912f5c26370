"use strict";

const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/;
const TOKEN = new RegExp(`${STRING.source}|${NUMBER.source}|true|false|null`, "y");
const SPACE = /[ \t\r\n]*/y;
const UNEXPECTED = { "/": "a comment", "]": "a trailing comma", "}": "a trailing comma", "": "the end of the file" };

class NotJson extends Error {
  constructor(text, offset) {
    const line = text.slice(0, offset).split(/\r\n|\r|\n/).length;
    super(`line ${line}: ${UNEXPECTED[text.charAt(offset)] ?? "an unexpected character"}`);
    this.line = line;
  }
}

/**
 * Strict JSON as a tree that keeps the position of each value: {type, start, end, items: [{key, start, value}]}.
 * Made for editing a file without touching the rest of it. Throws NotJson with the line.
 */
const parseWithPositions = (text) => new JsonTextParser(text).parse();

class JsonTextParser {
  #text;
  #at = 0;

  constructor(text) {
    this.#text = text;
  }

  parse() {
    this.#skipSpace();
    const root = this.#parseValue();
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail();
    return root;
  }

  #parseValue() {
    if (this.#text[this.#at] === "{") return this.#parseContainer("object", "}");
    if (this.#text[this.#at] === "[") return this.#parseContainer("array", "]");
    return this.#parseScalar();
  }

  #parseContainer(type, close) {
    const node = { type, start: this.#at, items: [] };
    this.#at += 1;
    this.#skipSpace();
    if (this.#text[this.#at] !== close) this.#parseItems(node);
    this.#expect(close);
    return Object.assign(node, { end: this.#at });
  }

  #parseItems({ type, items }) {
    for (;;) {
      const start = this.#at;
      const key = type === "object" ? this.#parseKey() : items.length;
      items.push({ start, key, value: this.#parseValue() });
      this.#skipSpace();
      if (this.#text[this.#at] !== ",") return;
      this.#at += 1;
      this.#skipSpace();
    }
  }

  #parseKey() {
    if (this.#text[this.#at] !== '"') this.#fail();
    const { value } = this.#parseScalar();
    this.#skipSpace();
    this.#expect(":");
    this.#skipSpace();
    return value;
  }

  #parseScalar() {
    TOKEN.lastIndex = this.#at;
    const token = TOKEN.exec(this.#text)?.[0];
    if (token === undefined) this.#fail();
    const start = this.#at;
    this.#at += token.length;
    return { type: "scalar", start, end: this.#at, value: JSON.parse(token) };
  }

  #skipSpace() {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #expect(character) {
    if (this.#text[this.#at] !== character) this.#fail();
    this.#at += 1;
  }

  #fail() {
    throw new NotJson(this.#text, this.#at);
  }
}

/** The member that a JSON parser would keep: of equal keys the last one. */
function findMember(node, key) {
  return node?.type === "object" ? node.items.findLast((item) => item.key === key) : undefined;
}

module.exports = { parseWithPositions, findMember, NotJson };
