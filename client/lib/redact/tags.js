"use strict";

// Blocks that this or another memory tool added to the context: the output of a memory must not become its input.
const MEMORY = [
  "memfog-context",
  "claude-mem-context",
  "supermemory-context",
  "memory-context",
  "relevant-memories",
  "relevant_memories",
];
const TAG = new RegExp(`<(/?)(private|${MEMORY.join("|")})(?:\\s[^<>]{0,200})?>`, "gi");

/**
 * Tagged parts that must not be sent, as [{kind, start, end}] including the tags: "private", or "memory". Without an
 * end tag nothing is held back, since programs mention such tags; `toTheEnd` changes that, for prompts.
 */
function findTagged(text, { toTheEnd = false } = {}) {
  const found = [];
  if (!text.includes("<")) return found;
  let openTag = null;
  for (const { 0: tag, 1: slash, 2: name, index } of text.matchAll(TAG)) {
    const isSame = openTag?.name === name.toLowerCase();
    if (!openTag && !slash) openTag = { name: name.toLowerCase(), start: index, depth: 1 };
    else if (isSame) openTag.depth += slash ? -1 : 1;
    if (openTag?.depth === 0) {
      found.push({ kind: kindOf(openTag.name), start: openTag.start, end: index + tag.length });
      openTag = null;
    }
  }
  if (openTag && toTheEnd) found.push({ kind: kindOf(openTag.name), start: openTag.start, end: text.length });
  return found;
}

const kindOf = (name) => (name === "private" ? "private" : "memory");

/** Whether a prompt has no text outside its private parts. */
function isWhollyPrivate(prompt) {
  const tagged = findTagged(prompt, { toTheEnd: true });
  if (!tagged.some((one) => one.kind === "private")) return false;
  let rest = "";
  let copiedUpTo = 0;
  for (const { start, end } of tagged) {
    rest += prompt.slice(copiedUpTo, start);
    copiedUpTo = end;
  }
  return (rest + prompt.slice(copiedUpTo)).trim() === "";
}

module.exports = { findTagged, isWhollyPrivate };
