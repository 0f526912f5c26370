"use strict";

const MAX_PROMPT_CHARS = 2_000;
const MAX_LINES = 3;
const MAX_TOKENS = 250;
// Without a key, a line must share this many words with a prompt.
const MIN_WORDS = 3;
const KEY_STRENGTH = 4;
// As events.wire.patterns.IDENTIFIER_PART on the server.
const WORD = /[A-Z]{1,64}(?![a-z])|[A-Z]?[a-z]+|[0-9]+|(?:(?![A-Za-z])\p{L})+/gu;

/** The words of a text, as in memory/context/hint_index.py: `src/TaxReport.py` is src, tax, report, py. */
const splitWords = (text) =>
  (text.slice(0, MAX_PROMPT_CHARS).normalize("NFKD").replace(/\p{M}/gu, "").match(WORD) ?? []).map((word) =>
    word.toLowerCase(),
  );

/**
 * The lines that match a prompt, the strongest first: by one of its keys, or by several of its words. Leaves out
 * those with a number in `given`, and those of the session itself.
 */
function matchHints(hints, prompt, { given = new Set(), session = null } = {}) {
  const words = splitWords(prompt);
  const text = ` ${words.join(" ")} `;
  const known = new Set(words);
  const found = hints
    .filter(({ id, session_id: newest }) => !given.has(id) && newest !== session)
    .map((hint) => ({ hint, strength: strengthOf(hint, text, known) }))
    .filter(({ strength }) => strength > 0)
    .sort((a, b) => b.strength - a.strength);
  return takeFitting(found.map(({ hint }) => hint));
}

function strengthOf({ keys, words }, text, known) {
  const mostChars = keys.reduce((most, key) => (text.includes(` ${key} `) ? Math.max(most, key.length) : most), 0);
  const shared = words.filter((word) => known.has(word)).length;
  if (mostChars > 0) return KEY_STRENGTH + mostChars / 100 + shared;
  return shared >= MIN_WORDS ? shared : 0;
}

function takeFitting(hints) {
  const chosen = [];
  let tokens = 0;
  for (const hint of hints) {
    if (chosen.length === MAX_LINES) break;
    if (tokens + hint.tokens > MAX_TOKENS) continue;
    chosen.push(hint);
    tokens += hint.tokens;
  }
  return chosen;
}

module.exports = { matchHints, splitWords };
