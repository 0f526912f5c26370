"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const { Cutter, MARGIN } = require("./cut.js");
const { decodeText } = require("./decode.js");
const { scan } = require("./json-scan.js");

// What leaves room for the envelope within the server's 1 MiB for one event.
const LIMIT = 1024 * 1024 - 32 * 1024;
const SHORTEST_CUT = 4_500;
const LENGTH_OF_A_MARK = 130;
const KEPT_OF_TEXT = 16_384;
const LONGEST_FACT = 4_096;

/**
 * A payload too large to be read whole, `from` and `to` in its file, as {payload, cuts, facts} or {payload, cut,
 * facts}: JSON whose longest strings end early, each with a margin for `cutBack`; where that is not enough, its large
 * members as text; at last the head of it all. `facts` are the short texts of its first level and of `tool_input`, none
 * where it is no JSON object. The file is read in chunks, `renew` is called at each.
 */
function readLarge(file, place, renew) {
  const measured = measure(file, place, renew);
  try {
    for (let longest = LIMIT / 2; longest >= SHORTEST_CUT; longest /= 2) {
      const cut =
        fits(measured, longest) && shortened(file, place, { longest: Math.floor(longest), ...measured }, renew);
      if (cut) return cut;
    }
    const cut =
      measured.isObject && shortened(file, place, { longest: SHORTEST_CUT, ...measured, byMembers: true }, renew);
    if (cut) return cut;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // No JSON at all: its head, as text.
  }
  return headOf(file, place, measured);
}

/**
 * {long: Map of a string's place to its length, members: the same of first-level containers, rest, facts, isObject}.
 */
function measure(file, place, renew) {
  const input = {};
  const measured = { long: new Map(), members: new Map(), rest: place.to - place.from, facts: {}, isObject: false };
  let offset = 0;
  let size = 0;
  let strings = 0;
  let containers = 0;
  let begun = null;
  let carried = null;
  let opened = 0;
  let key = null;
  let inner = null;
  const note = (facts, name, text) => {
    if (name !== null && text !== null) facts[name] = text;
  };
  scan(
    file,
    place,
    {
      chunk(bytes) {
        size = bytes.length;
      },
      stringBegins(_bytes, at, about) {
        begun = { ...about, start: offset + at };
        carried = null;
      },
      stringEnds(bytes, end) {
        const length = offset + end - begun.start;
        if (length > SHORTEST_CUT && !begun.isKey) {
          measured.long.set(strings, length);
          measured.rest -= length;
        }
        strings += 1;
        const isInInput = begun.depth === 2 && key === "tool_input";
        if ((begun.depth !== 1 && !isInInput) || length > LONGEST_FACT) return;
        const text = factIn(
          carried ? Buffer.concat([carried, bytes.subarray(0, end)]) : bytes.subarray(begun.start - offset, end),
        );
        if (begun.isKey && isInInput) inner = text;
        else if (begun.isKey) key = text;
        else if (isInInput) note(input, inner, text);
        else note(measured.facts, key, text);
      },
      opens(bytes, at, depth) {
        if (depth === 0) measured.isObject = bytes[at] === 123 && offset + at < LONGEST_FACT;
        if (depth === 1) opened = offset + at;
      },
      closes(_bytes, end, depth) {
        if (depth !== 1) return;
        if (offset + end - opened > SHORTEST_CUT) measured.members.set(containers, offset + end - opened);
        containers += 1;
      },
      chunkEnds(bytes) {
        // A string that goes on in the next chunk is a fact only if little of it is here.
        carried =
          begun && begun.start >= offset && bytes.length - (begun.start - offset) <= LONGEST_FACT
            ? Buffer.from(bytes.subarray(begun.start - offset))
            : null;
        offset += size;
      },
    },
    renew,
  );
  if (Object.keys(input).length > 0) measured.facts.tool_input = input;
  return measured;
}

function factIn(bytes) {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return null;
  }
}

/**
 * Whether strings of half of `longest` at the most could make it small enough; how long they are as JSON is known only
 * then.
 */
function fits({ long, rest }, longest) {
  let size = rest;
  for (const length of long.values()) size += length > longest ? Math.floor(longest / 2) : length;
  return size <= LIMIT;
}

/**
 * The payload with its long strings cut, and `byMembers` its large members as text; null where it is too large all the
 * same.
 */
function shortened(file, place, { longest, long, members, facts, byMembers = false }, renew) {
  const out = new Output();
  const head = Math.floor(longest / 2);
  let strings = 0;
  let containers = 0;
  // What is being cut, and where the run of bytes began that goes out as it is.
  let cutter = null;
  let run = 0;
  let depthOfCut = null;
  const beginCut = (bytes, at, isString) => {
    out.add(bytes.subarray(run, at));
    cutter = new Cutter({ head, isString });
    run = isString ? at + 1 : at;
  };
  const endCut = (bytes, end) => {
    cutter.add(bytes.subarray(run, cutter.isString ? end - 1 : end));
    out.addCut(cutter.end());
    [cutter, run] = [null, end];
  };
  scan(
    file,
    place,
    {
      chunk() {
        run = 0;
      },
      stringBegins(bytes, at) {
        if (!cutter && long.get(strings) > longest) beginCut(bytes, at, true);
      },
      stringEnds(bytes, end) {
        strings += 1;
        if (cutter?.isString) endCut(bytes, end);
        else if (!cutter) out.strings += 1;
      },
      opens(bytes, at, depth) {
        if (!byMembers || depth !== 1 || !members.has(containers)) return;
        depthOfCut = depth;
        beginCut(bytes, at, false);
      },
      closes(bytes, end, depth) {
        if (depth !== 1) return;
        containers += 1;
        if (depthOfCut !== null) endCut(bytes, end);
        depthOfCut = null;
      },
      chunkEnds(bytes) {
        if (cutter) cutter.add(bytes.subarray(run));
        else out.add(bytes.subarray(run));
      },
    },
    renew,
  );
  if (cutter) throw new SyntaxError("a string without its end");
  return out.size > LIMIT ? null : { payload: Buffer.concat(out.parts), cuts: out.cuts, facts };
}

/** What goes out: its bytes, the places of strings that are cut, and how large it will be without the margins. */
class Output {
  parts = [];
  cuts = new Map();
  strings = 0;
  size = 0;

  add(bytes) {
    this.size += bytes.length;
    if (this.size <= LIMIT) this.parts.push(Buffer.from(bytes));
  }

  addCut({ text, cut }) {
    this.size += Buffer.byteLength(JSON.stringify(text.slice(0, cut.head))) + LENGTH_OF_A_MARK;
    if (this.size <= LIMIT) this.parts.push(Buffer.from(JSON.stringify(text)));
    this.cuts.set(this.strings, cut);
    this.strings += 1;
  }
}

function headOf(file, { from, to }, { facts, isObject }) {
  const head = Buffer.alloc(Math.min(4 * (KEPT_OF_TEXT + MARGIN), to - from));
  const hash = crypto.createHash("sha256");
  const descriptor = fs.openSync(file);
  try {
    fs.readSync(descriptor, head, 0, head.length, from);
    const chunk = Buffer.allocUnsafe(1024 * 1024);
    for (
      let at = from, got;
      at < to && (got = fs.readSync(descriptor, chunk, 0, Math.min(chunk.length, to - at), at)) > 0;
      at += got
    )
      hash.update(chunk.subarray(0, got));
  } finally {
    fs.closeSync(descriptor);
  }
  const text = decodeText(head) ?? head.toString();
  const cut = { head: KEPT_OF_TEXT, bytes: to - from, sha256: hash.digest("hex"), isAll: false };
  return {
    payload: Buffer.from(text.slice(0, KEPT_OF_TEXT + MARGIN)),
    cut,
    facts: isObject && /^\s*\{/.test(text) ? facts : {},
  };
}

module.exports = { readLarge };
