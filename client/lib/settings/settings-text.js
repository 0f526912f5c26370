"use strict";
const { isDeepStrictEqual } = require("node:util");
const { UserError } = require("../user-error.js");
const { parseWithPositions, findMember } = require("./json-text.js");

const OUR_PROGRAM = /[\\/]memfog-hook\.(?:sh|cjs|cmd)(?!\w)/;
// The rest of an entry of an earlier version after Claude Code dropped the keys that it did not know.
const BARE_INTERPRETER = /^(?:\/bin\/sh|.*[\\/]node(?:\.exe)?)$/;
const OUR_TIMEOUT_S = 10;

/**
 * The settings text with one group added for each of `wanted` ([{event, group}]); the rest stays the same, byte for
 * byte.
 */
function addEntries(text, wanted) {
  return wanted.reduce((edited, { event, group }) => addOne(edited, event, group), text);
}

/** The settings text without our entries, and without lists that held only them. */
function removeEntries(text) {
  for (;;) {
    const chain = findOwnEntry(parseWithPositions(text), text);
    if (!chain) return text;
    text = removeItem(text, chain);
  }
}

/** Whether the settings have exactly the wanted entries, each once. */
function hasExactEntries(text, wanted) {
  const entries = findOwnEntries(text);
  return (
    entries.length === wanted.length &&
    wanted.every(({ event, group }) =>
      entries.some((entry) => entry.event === event && isDeepStrictEqual(entry.handler, group.hooks[0])),
    )
  );
}

/** Our handlers as [{event, handler}], in the order of the file. */
function findOwnEntries(text) {
  const hooks = JSON.parse(text)?.hooks ?? {};
  return Object.entries(hooks).flatMap(([event, groups]) =>
    asList(groups).flatMap((group) =>
      asList(group?.hooks)
        .filter(isOwn)
        .map((handler) => ({ event, handler })),
    ),
  );
}

const asList = (value) => (Array.isArray(value) ? value : []);

function isOwn(handler) {
  if (handler === null || typeof handler !== "object") return false;
  return (
    "_memfog" in handler ||
    [handler.command, ...asList(handler.args)].some((word) => typeof word === "string" && OUR_PROGRAM.test(word)) ||
    isBareInterpreter(handler)
  );
}

/** A bare interpreter would run the payload as its script: no user writes such an entry on purpose. */
const isBareInterpreter = ({ command, args, timeout }) =>
  args === undefined && timeout === OUR_TIMEOUT_S && BARE_INTERPRETER.test(command);

function addOne(text, event, group) {
  const root = parseWithPositions(text);
  const { hooks } = requireMembers(root, "object", "the settings");
  if (!hooks) return insert(text, root, { hooks: { [event]: [group] } });
  const groups = requireMembers(hooks.value, "object", '"hooks"')[event];
  if (!groups) return insert(text, hooks.value, { [event]: [group] });
  requireMembers(groups.value, "array", `"hooks.${event}"`);
  return insert(text, groups.value, [group]);
}

/** The members of a node by key; throws for a node of another type, to which no entries can be added. */
function requireMembers(node, type, name) {
  if (node.type !== type) throw new UserError(`${name} should be an ${type}, so no hook can be added; fix that first.`);
  return Object.fromEntries(node.items.map((item) => [item.key, item]));
}

/** Inserts the one item of `addition` at the end of a container, formatted like its neighbors. */
function insert(text, container, addition) {
  const gap = gapBefore(text, container);
  const close = container.end - 1;
  const last = container.items.at(-1);
  const written = formatItem(addition, gap, text);
  if (last) return splice(text, last.value.end, last.value.end, `,${gap}${written}`);
  return splice(text, container.start + 1, close, `${gap}${written}${outdent(gap, indentOf(text))}`);
}

/**
 * The white space before an item of this container: that of its last item, else one level deeper than the container.
 */
function gapBefore(text, container) {
  const last = container.items.at(-1);
  if (last) return /[ \t\r\n]*$/.exec(text.slice(container.start + 1, last.start))[0];
  const isOneLine = text.trim() !== "{}" && !text.trim().includes("\n");
  if (isOneLine) return "";
  const lead = /(?:^|\n)([ \t]*)[^\n]*$/.exec(text.slice(0, container.start))[1];
  return `${lineEnding(text)}${lead}${indentOf(text)}`;
}

function formatItem(addition, gap, text) {
  const isPretty = gap.includes("\n");
  const whole = JSON.stringify(addition, null, isPretty ? indentOf(text) : 0);
  const inner = whole.slice(1, -1).trim();
  if (!isPretty) return inner;
  const lead = gap.slice(gap.lastIndexOf("\n") + 1);
  return inner
    .split("\n")
    .map((line, index) => (index ? lead + line.slice(indentOf(text).length) : line))
    .join(lineEnding(text));
}

const lineEnding = (text) => (/\r\n/.test(text) ? "\r\n" : "\n");

const indentOf = (text) => /^[^\n]*\{[ \t]*\r?\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";

const outdent = (gap, indent) => (gap.endsWith(indent) ? gap.slice(0, -indent.length) : gap);

const splice = (text, start, end, replacement) => text.slice(0, start) + replacement + text.slice(end);

/** The chain of items, outermost first, that ends at one of our handlers. */
function findOwnEntry(root, text) {
  const hooks = findMember(root, "hooks");
  for (const event of hooks?.value.items ?? [])
    for (const group of event.value.items ?? []) {
      const handlers = findMember(group.value, "hooks");
      const own = handlers?.value.items?.find(({ value }) => isOwn(JSON.parse(text.slice(value.start, value.end))));
      if (own)
        return [
          { container: root, item: hooks },
          { container: hooks.value, item: event },
          { container: event.value, item: group },
          { container: group.value, item: handlers, carries: true },
          { container: handlers.value, item: own },
        ];
    }
  return null;
}

/** Removes the innermost item, or the outermost one that would become empty. */
function removeItem(text, chain) {
  let depth = chain.length - 1;
  while (depth > 0 && (chain[depth].container.items.length === 1 || chain[depth].carries)) depth -= 1;
  const { container, item } = chain[depth];
  const index = container.items.indexOf(item);
  if (container.items.length === 1) return splice(text, container.start + 1, container.end - 1, "");
  if (index === 0) return splice(text, item.start, container.items[1].start, "");
  return splice(text, container.items[index - 1].value.end, item.value.end, "");
}

module.exports = { addEntries, removeEntries, hasExactEntries, findOwnEntries };
