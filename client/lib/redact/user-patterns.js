"use strict";

const MAX_PATTERNS = 50;
const MAX_PATTERN_CHARS = 200;
const WINDOW = 4_096;
const OVERLAP = 512;
// The maximum that `+` and `*` mean here, and in how many ways one position may be matched.
const MAX_REPETITIONS = 256;
const MAX_WAYS = 256;
const TOKEN =
  /\\[dDwWsSbB]|\\x[0-9a-fA-F]{2}|\\[^\w\s]|\\[nrt]|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|[()|.]|[^\\[\](){}*+?|.^$]/y;
const QUANTIFIER = /(?:\*|\+|\?|\{(\d{1,4})(,?)(\d{0,4})\})\??/y;
const LETTERS = [...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)), "é"];
const TOO_COMMON = ["a", "ab", "abc", "the", "1", "12", " ", "=", "if", "id"];

// The patterns of config.json, which are the same for one process.
let userPatterns = [];

/** From now on matches of these patterns (from compilePatterns) also count as secrets. */
function setUserPatterns(patterns) {
  // The list is the same object while there are none: what was found without patterns holds.
  if (patterns.length > 0 || userPatterns.length > 0) userPatterns = patterns;
}

const getUserPatterns = () => userPatterns;

/**
 * Compiles the user's patterns from config.json's `redact`, each a text or {kind, pattern}, to [{kind, pattern}].
 * Throws an Error with a sentence for an unusable one: an invalid regular expression, one that matches nearly
 * everything, or one that could be matched in so many ways that a long text would take too long.
 */
function compilePatterns(list) {
  if (!Array.isArray(list)) throw new Error('"redact" should be a list of patterns');
  if (list.length > MAX_PATTERNS) throw new Error(`"redact" may hold ${MAX_PATTERNS} patterns`);
  return list.map((one) => {
    const { kind = "own", pattern = one } = one !== null && typeof one === "object" ? one : {};
    if (typeof pattern !== "string" || pattern === "")
      throw new Error(
        `"redact" holds ${JSON.stringify(one)}; write a pattern, or {"kind": "acme_key", "pattern": "…"}`,
      );
    if (typeof kind !== "string" || !/^[a-z][a-z0-9_]{0,31}$/.test(kind))
      throw new Error(`"redact" has the kind ${JSON.stringify(kind)}; write it like acme_key`);
    return { kind, pattern: compilePattern(pattern) };
  });
}

function compilePattern(source) {
  const makeError = (problem) => new Error(`the pattern ${JSON.stringify(source)} in "redact" ${problem}`);
  if (source.length > MAX_PATTERN_CHARS) throw makeError(`is longer than ${MAX_PATTERN_CHARS} characters`);
  const tokens = tokenize(source, makeError);
  if (countWays(tokens, makeError) > MAX_WAYS)
    throw makeError(
      "could be read in too many ways; after a repetition name a character that does not occur in it, " +
        "or give it a small bound such as {8,40}",
    );
  try {
    const pattern = new RegExp(tokens.map(({ text, min, max }) => text + quantifier(min, max)).join(""), "g");
    if (new RegExp(pattern.source).test("")) throw makeError("matches the empty text: every text would be redacted");
    const common = TOO_COMMON.find((text) => {
      pattern.lastIndex = 0;
      return pattern.test(text);
    });
    if (common !== undefined) throw makeError(`matches ${JSON.stringify(common)}: it would redact nearly everything`);
    return pattern;
  } catch (error) {
    throw error instanceof SyntaxError ? makeError("is no regular expression") : error;
  }
}

const quantifier = (min, max) => (min === 1 && max === 1 ? "" : `{${min},${max}}`);

/** The parts of a pattern as [{text, min, max}]. */
function tokenize(source, makeError) {
  const tokens = [];
  for (let at = 0; at < source.length; ) {
    TOKEN.lastIndex = at;
    const text = TOKEN.exec(source)?.[0];
    if (text === undefined)
      throw makeError(
        `has ${JSON.stringify(source.slice(at, at + 3))}, which is not understood here: there are characters, ` +
          "classes, groups, | and repetitions, and no ^, $, lookaround or back reference",
      );
    QUANTIFIER.lastIndex = at + text.length;
    const repeated = /^(?:\(|\||\(\?:)$/.test(text) ? null : QUANTIFIER.exec(source);
    tokens.push({ text, ...parseBounds(repeated) });
    at = repeated ? QUANTIFIER.lastIndex : at + text.length;
  }
  return tokens;
}

function parseBounds(match) {
  const [all, from, comma, to] = match ?? [];
  if (all === undefined) return { min: 1, max: 1 };
  if (from === undefined) return { min: all[0] === "+" ? 1 : 0, max: all[0] === "?" ? 1 : MAX_REPETITIONS };
  const max = to ? Number(to) : comma ? Number(from) + MAX_REPETITIONS : Number(from);
  return { min: Number(from), max };
}

/**
 * In how many ways the text after one position may be matched before the match fails; repeated groups must have only
 * one.
 */
function countWays(tokens, makeError) {
  const open = [];
  let product = 1;
  tokens.forEach((token, index) => {
    const { text, min, max } = token;
    if (max > MAX_PATTERN_CHARS + MAX_REPETITIONS) throw makeError("repeats too often");
    if (text === "(" || text === "(?:") open.push({ isPlain: true });
    else if (text === "|")
      open.forEach((group) => {
        group.isPlain = false;
      });
    else if (text === ")") {
      const group = open.pop();
      if (!group) throw makeError("closes a group that is not open");
      if (max > 1 && !group.isPlain)
        throw makeError("repeats a group that holds a repetition or a |, which can be read in endless ways");
      if (min !== max) {
        open.forEach((outer) => {
          outer.isPlain = false;
        });
        product *= max - min + 1;
      }
    } else if (min !== max) {
      open.forEach((group) => {
        group.isPlain = false;
      });
      if (!endsUniquely(token, tokens[index + 1])) product *= max - min + 1;
    }
  });
  if (open.length) throw makeError("has a group that is not closed");
  return product;
}

/** Whether the next part can not match what is repeated: then the repetition ends at one position only. */
function endsUniquely({ text }, next) {
  if (next === undefined) return true;
  if (next.min === 0 || /^(?:\(|\)|\||\(\?:|\\[bB])$/.test(next.text)) return false;
  const [one, other] = [text, next.text].map((part) => new RegExp(`^(?:${part})$`, "s"));
  return !LETTERS.some((letter) => one.test(letter) && other.test(letter));
}

/**
 * The matches of the patterns in a text, by default of those in use, as [{kind, start, end}]; it searches in windows,
 * so that no match is longer than one.
 */
function findUserPatterns(text, patterns = userPatterns) {
  const found = [];
  for (const { kind, pattern } of patterns)
    for (let from = 0; from < text.length; from += WINDOW - OVERLAP) {
      for (const { 0: match, index } of text.slice(from, from + WINDOW).matchAll(pattern))
        found.push({ kind, start: from + index, end: from + index + match.length });
      if (from + WINDOW >= text.length) break;
    }
  return found;
}

module.exports = { compilePatterns, findUserPatterns, getUserPatterns, setUserPatterns };
