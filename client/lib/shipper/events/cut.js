"use strict";
const crypto = require("node:crypto");
const { listStrings } = require("../../redact/strings.js");
const { findTagged } = require("../../redact/tags.js");

// Redaction reads this far beyond a cut, so that it sees a secret that the cut would split.
const MARGIN = 8_192;
const BACKSLASH = 92;
const LETTER_U = 117;

const markOf = ({ bytes, sha256 }) => `… [cut by memfog: ${bytes} bytes, sha256 ${sha256}]`;

/**
 * Cuts a text to `head` characters and adds a mark with the size of the original. `text` is redacted, and reaches
 * MARGIN beyond `head`.
 */
function cutText(text, cut) {
  const [openTag] = findTagged(text, { toTheEnd: true });
  const redacted = openTag ? `${text.slice(0, openTag.start)}[redacted:${openTag.kind}]` : text;
  // The last MARGIN characters may contain the first half of a secret, unless a mark at the end has replaced it.
  const safe =
    cut.isAll || openTag || /\[redacted:\w+\]$/.test(text) ? redacted.length : Math.max(redacted.length - MARGIN, 0);
  if (cut.isAll && redacted.length <= cut.head) return redacted;
  return (
    redacted.slice(0, Math.min(cut.head, safe)).replace(/[\ud800-\udbff]$|\[[a-z]{0,8}(?::\w{0,40})?$/, "") +
    markOf(cut)
  );
}

/** JSON text with its strings cut as `cuts` says: Map of a string's index to its cut. */
function cutStrings(text, cuts) {
  const parts = [];
  let copiedUpTo = 0;
  let index = 0;
  for (const { start, end } of listStrings(text)) {
    const cut = cuts.get(index);
    index += 1;
    if (!cut) continue;
    parts.push(text.slice(copiedUpTo, start), JSON.stringify(cutText(JSON.parse(text.slice(start, end)), cut)));
    copiedUpTo = end;
  }
  return parts.join("") + text.slice(copiedUpTo);
}

/**
 * Receives the bytes of one value in pieces, keeps the first `head` characters and MARGIN more, and counts and hashes
 * all. With `isString` the bytes are the inside of a JSON string, whose escapes are decoded.
 */
class Cutter {
  #hash = crypto.createHash("sha256");
  #carried = Buffer.alloc(0);
  #bytes = 0;
  #head = "";
  #length = 0;

  constructor({ head, isString }) {
    Object.assign(this, { head, isString });
  }

  add(bytes) {
    const all = this.#carried.length ? Buffer.concat([this.#carried, bytes]) : bytes;
    const end = completeLength(all, this.isString);
    this.#append(all.subarray(0, end));
    this.#carried = Buffer.from(all.subarray(end));
  }

  /** {text, cut}: the kept text and its measures; throws SyntaxError if the string was invalid JSON. */
  end() {
    this.#append(this.#carried);
    const text = this.#head.replace(/[\ud800-\udbff]$/, "");
    return {
      text,
      cut: {
        head: this.head,
        bytes: this.#bytes,
        sha256: this.#hash.digest("hex"),
        isAll: this.#length === this.#head.length,
      },
    };
  }

  #append(bytes) {
    const text = this.isString ? JSON.parse(`"${bytes.toString()}"`) : bytes.toString();
    this.#hash.update(text);
    this.#bytes += Buffer.byteLength(text);
    this.#length += text.length;
    const remaining = this.head + MARGIN - this.#head.length;
    if (remaining > 0) this.#head += text.slice(0, remaining);
  }
}

/** The length of `bytes` without an incomplete character or escape at the end. */
function completeLength(bytes, isString) {
  const end = bytes.length - incompleteBytes(bytes);
  if (!isString) return end;
  for (let at = bytes.indexOf(BACKSLASH); at >= 0 && at < end; at = bytes.indexOf(BACKSLASH, at)) {
    const after = at + lengthOfEscape(bytes, at);
    if (after > end) return at;
    at = after;
  }
  return end;
}

/** A high surrogate counts together with the low one after it: both form one character. */
function lengthOfEscape(bytes, at) {
  if (bytes[at + 1] !== LETTER_U) return 2;
  const isHigh = /^d[89ab]/i.test(bytes.toString("latin1", at + 2, at + 4));
  return isHigh &&
    (at + 6 >= bytes.length || (bytes[at + 6] === BACKSLASH && (at + 7 >= bytes.length || bytes[at + 7] === LETTER_U)))
    ? 12
    : 6;
}

function incompleteBytes(bytes) {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

module.exports = { Cutter, cutText, cutStrings, markOf, MARGIN };
