"use strict";
const { anyOf } = require("../any-of.js");
const { isPlaceholder, looksRandom } = require("../heuristics.js");
const { newRunId } = require("../reader.js");
const RULES = require("./commands.json");

const SPENT = newRunId();

const MAX_COMMAND_CHARS = 512;
const MAX_PRINTED_CHARS = 512;
// One word of a command line: quoted, or up to a blank, quote, or shell operator. A backslash at the end of a line
// joins it to the next; within a path of Windows it is part of the word, unless it may be the escape of another sign.
const QUOTED = /"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'/;
const BARE =
  /((?:[^\s"'`|;&()<>\\]|\\[ $!&*()?#;|<>]|\\(?=[\w.])(?![nrtux])|(?<=[ \t])\\\\(?=[\w.]))+(?:"[^"\n]*"|'[^'\n]*')?)/;
const WORD = new RegExp(`(?:[ \\t]|\\\\\\r?\\n)*(?:${QUOTED.source}|${BARE.source})`, "y");
// The words of a list in a program or a Dockerfile: ["mysql", "-pSecret"].
const LISTED = /["'][ \t]*,\s{0,40}["'](())([^"'\n\\]+)/y;
// Commands that read a password from stdin.
const TAKES_STDIN = anyOf([
  /--password-stdin|--passphrase-fd|--with-token|sudo\b[^|]*\s-\w*S\b|\bchpasswd\b|passwd\b.*--stdin/,
  /-pass(?:in|out)?[ =]stdin|\bcryptsetup\b|\bsmbpasswd\b.*-s\b|\bvault (?:login|write|kv)\b[^|]*\s\S*-(?:\s|$)/,
  /docker secret create|gcloud secrets|wrangler secret|vercel env add|gh secret set/,
  /\bpass insert\b|\bkinit\b|htpasswd\b[^|]*-\w*i/,
]);

const byName = new Map();
for (const rule of RULES) {
  const compiledRule = { ...rule, prints: rule.prints && new RegExp(`^[^\\n]{0,200}?(?:^|\\s)(?:${rule.prints})`) };
  for (const name of rule.names) byName.set(name, [...(byName.get(name) ?? []), compiledRule]);
}

/** Commands by the first word of their name: `redis` for redis-cli. */
const firstWords = new Map();
for (const name of [...byName.keys(), "echo", "printf"]) {
  const first = /^[a-zA-Z0-9]+/.exec(name)[0];
  firstWords.set(
    first,
    [...(firstWords.get(first) ?? []), name].sort((a, b) => b.length - a.length),
  );
}

/** Secrets in the command whose name starts at `at`, as [{kind, start, end}], or null. */
function findInCommandAt(reader, at, names) {
  const { text } = reader;
  const name = names.find((secret) => text.startsWith(secret, at) && !/[\w.:/=-]/.test(text[at + secret.length] ?? ""));
  if (!name) return null;
  const line = readCommandLine(text, at);
  // Otherwise a line full of command names would be read once per name.
  if (!reader.spend(SPENT, at, line.length)) return null;
  if (name === "echo" || name === "printf")
    return (
      shiftBy(at, findPiped(line, name.length)) ??
      shiftBy(
        at,
        (byName.get(name) ?? []).flatMap((rule) => findPrinted(reader, at, rule, line)),
      )
    );
  const words = splitWords(line, name.length);
  const found = byName
    .get(name)
    .flatMap((rule) => (rule.prints ? findPrinted(reader, at, rule, line) : findInArguments(rule, words)));
  return shiftBy(at, found) ?? shiftBy(at, findHereString(line));
}

/** The text of one command with the line below it, which is its output. */
function readCommandLine(text, at) {
  const line = text.slice(at, at + MAX_COMMAND_CHARS);
  let end = line.indexOf("\n");
  while (end > 0 && /\\\r?$/.test(line.slice(end - 2, end))) end = line.indexOf("\n", end + 1);
  return end < 0 ? line : line.slice(0, end + 1);
}

const shiftBy = (at, found) =>
  found.length ? found.map((secret) => ({ ...secret, start: at + secret.start, end: at + secret.end })) : null;

function splitWords(line, from) {
  const pattern = /["']/.test(line[from] ?? "") ? LISTED : WORD;
  const words = [];
  for (pattern.lastIndex = from; pattern.lastIndex < line.length; ) {
    const match = pattern.exec(line);
    if (!match) break;
    const value = match[3] ?? match[1] ?? match[2];
    const isQuoted = match[3] === undefined;
    const end = pattern.lastIndex - Number(isQuoted);
    if (/^[#]/.test(value) && !isQuoted) break;
    words.push({ value, start: end - value.length, end });
  }
  return words;
}

function findInArguments(rule, words) {
  const from = rule.after ? words.findIndex(({ value }) => value === rule.after) + 1 : 0;
  if (rule.after && from === 0) return [];
  if (rule.with && !words.some(({ value }) => hasFlag(value, rule.with))) return [];
  if (rule.last) return checkSecret(words.filter(({ value }) => !/^(?:-|\/\w+:)/.test(value)).at(-1));
  if (rule.position)
    return checkSecret(words.slice(from).filter(({ value }) => !value.startsWith("-"))[rule.position - 1]);
  if (rule.logon)
    return words.flatMap((word) => checkPart(word, /^[\w$#]{1,64}\/(?=[^/\s@]{3,}(?:@[\w./:-]+)?$)/, /@[\w./:-]+$/));
  return words.slice(from).flatMap((word, index) => findInOption(rule, word, words[from + index + 1]));
}

/** `-b` is also in `-nb`. */
const hasFlag = (value, flag) =>
  flag.startsWith("--")
    ? value === flag
    : flag.startsWith("-")
      ? /^-[a-zA-Z]+$/.test(value) && value.includes(flag[1])
      : value.includes(flag);

function findInOption({ options = [], glued = [], pairs = [], cookies = [], between, scheme }, word, next) {
  const [, name, value] = /^(-[^=\s]*)=(.*)$/s.exec(word.value) ?? [];
  const option =
    name === undefined
      ? { name: word.value, word: next }
      : { name, word: { value, start: word.end - value.length, end: word.end } };
  if (options.includes(option.name))
    return scheme ? checkPart(option.word, new RegExp(`^${scheme}`)) : checkSecret(option.word);
  if (pairs.includes(option.name)) return checkPart(option.word, new RegExp(`^[^${between}]{0,128}${between}`));
  if (cookies.includes(option.name)) return findCookies(option.word);
  const attachedOption = [...glued, ...pairs.filter((secret) => secret.length === 2)].find(
    (secret) => word.value.startsWith(secret) && word.value.length > secret.length,
  );
  if (!attachedOption) return [];
  return glued.includes(attachedOption)
    ? checkPart(word, new RegExp(`^${attachedOption}=?`))
    : checkPart(word, new RegExp(`^${attachedOption}[^${between}]{0,128}${between}`));
}

function checkSecret(word) {
  const value = word?.value ?? "";
  if (
    value.length < 3 ||
    value.startsWith("-") ||
    isPlaceholder(value) ||
    /^[a-z]{1,4}$/i.test(value) ||
    /^\$|[{}]/.test(value)
  )
    return [];
  return [{ kind: "password", start: word.start, end: word.end }];
}

/** The secret in a word after a prefix and before a suffix. */
function checkPart(word, before, behind = /$/) {
  const head = before.exec(word?.value ?? "")?.[0];
  if (head === undefined) return [];
  const value = word.value.slice(head.length).replace(behind, "");
  // The value may be quoted within its word: -p'two words'.
  const [, quote] = /^(["']).*\1$/s.exec(value) ?? [];
  const start = word.start + head.length + Number(Boolean(quote));
  return checkSecret({
    value: quote ? value.slice(1, -1) : value,
    start,
    end: start + value.length - 2 * Number(Boolean(quote)),
  });
}

function findCookies(word) {
  if (!word?.value.includes("=")) return [];
  return [...word.value.matchAll(/([^=;\s]{1,64})=([^;\s]+)/g)]
    .filter(([, , value]) => looksRandom(value))
    .map(({ 0: pair, 1: name, index }) => ({
      kind: "cookie",
      start: word.start + index + name.length + 1,
      end: word.start + index + pair.length,
    }));
}

/** `echo secret | docker login --password-stdin`. */
function findPiped(line, from) {
  const bar = line.indexOf("|", from);
  if (bar < 0 || !TAKES_STDIN.test(line.slice(bar).split("\n", 1)[0])) return [];
  const word = splitWords(line.slice(0, bar), from)
    .filter(({ value }) => !/^-[neE]+$|^%/.test(value))
    .at(-1);
  return /\bchpasswd\b/.test(line) ? checkPart(word, /^[^:]{1,64}:/) : checkSecret(word && dropNewline(word));
}

const dropNewline = (word) =>
  word.value.endsWith("\\n") ? { ...word, value: word.value.slice(0, -2), end: word.end - 2 } : word;

/** `docker login --password-stdin <<< secret`. */
function findHereString(line) {
  if (!line.includes("<<<")) return [];
  const [, before, value] = /^([^\n|;]*?<<<[ \t]*["']?)([^\s"'|;&\\]+)/.exec(line) ?? [];
  return value && TAKES_STDIN.test(before)
    ? checkSecret({ value, start: before.length, end: before.length + value.length })
    : [];
}

/** The output of a command that prints a secret: a single word on the line below it. */
function findPrinted(reader, at, { prints, names }, line) {
  const end = line.indexOf("\n");
  if (end < 0 || !prints.test(line.slice(names[0].length, end).trim())) return [];
  const [, blank, word] =
    /^([ \t]{0,8})([^\s"'`<>]{8,})(?:[\r\n]|$)/.exec(reader.slice(at + end + 1, at + end + 1 + MAX_PRINTED_CHARS)) ??
    [];
  return word && looksGenerated(word)
    ? [{ kind: "secret", start: end + 1 + blank.length, end: end + 1 + blank.length + word.length }]
    : [];
}

/** Whether this command line prints one secret and nothing else. */
function printsSecret(line) {
  const command = line
    .trim()
    .split(/&&|\|\||;|\n/)
    .at(-1)
    .trim()
    .replace(/^(?:sudo\s+)?(?:\S*\/)?/, "");
  const name = /^[\w.-]+/.exec(command)?.[0] ?? "";
  return (byName.get(name) ?? []).some((rule) => rule.prints?.test(command.slice(name.length).trimStart()));
}

const looksGenerated = (word) => looksRandom(word) || (/\d/.test(word) && /[a-z]/i.test(word));

module.exports = { findInCommandAt, commandWords: firstWords, printsSecret, looksGenerated };
