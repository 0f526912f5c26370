"use strict";
const { compareVersions } = require("../hosts/hosts.js");
const { tried: testedVersions, keys: TABLE } = require("../hosts/host-settings.json");

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isText = (value) => typeof value === "string";

// The names of JSON types in the table.
const KINDS = { string: "text", number: "number", boolean: "flag", object: "object" };
const NAMES = { text: "a text", number: "a number", flag: "true or false", list: "a list", object: "an object" };
const kindOf = (value) => (value === null ? "nothing" : Array.isArray(value) ? "list" : KINDS[typeof value]);
const UNTESTED = "-";
// Keys whose members are also keys of the table.
const HOLDERS = ["permissions"];

/**
 * What in the settings makes one of these versions of Claude Code reject the whole file, as {problem, version}, or
 * null. host-settings.json records what real versions did with each value; the nearest older version that was tested
 * stands for the others. `hasMark`: the file begins with a byte order mark.
 */
function findRefusal(settings, versions = [testedVersions.at(-1)], { hasMark = false } = {}) {
  for (const version of versions) {
    const index = indexFor(version);
    const problem =
      refusedMark(hasMark, index) ?? refusedHook(settings.hooks, index) ?? refusedKey(settings, "", index);
    if (problem) return { problem, version };
  }
  return null;
}

const refusedMark = (hasMark, index) =>
  hasMark && resultOf(TABLE.file, "a byte order mark", index) === "r" ? "a byte order mark" : null;

/** The index in the table of the newest tested version that is not newer than this one. */
const indexFor = (version) =>
  Math.max(
    testedVersions.findLastIndex((one) => compareVersions(one, version) <= 0),
    0,
  );

/**
 * What a version did with a value. If it was not tested: what it did with another type that is wrong in the nearest
 * version, else what the nearest tested version did.
 */
function resultOf(results, name, index) {
  const letters = results[name];
  if (letters === undefined || letters[index] !== UNTESTED) return letters?.[index];
  const nearestIndex = nearestTested(letters, index);
  const otherKind =
    letters[nearestIndex] === "r" &&
    Object.keys(NAMES).find((kind) => results[kind]?.[nearestIndex] === "r" && results[kind][index] !== UNTESTED);
  return otherKind ? results[otherKind][index] : letters[nearestIndex];
}

function nearestTested(letters, index) {
  const tries = [...letters].map((_, one) => one).filter((one) => letters[one] !== UNTESTED);
  return tries.findLast((one) => one < index) ?? tries.find((one) => one > index);
}

function refusedKey(members, prefix, index) {
  for (const [name, value] of Object.entries(members)) {
    const key = prefix + name;
    if (name !== "hooks" && isRefused(key, value, index))
      return `"${key}" ${describeExpected(TABLE[key], value, index)}`;
    const inner = HOLDERS.includes(key) && isObject(value) ? refusedKey(value, `${key}.`, index) : null;
    if (inner) return inner;
  }
  return null;
}

/** Either the value itself was tested, or its type stands for it. */
function isRefused(key, value, index) {
  const results = Object.hasOwn(TABLE, key) ? TABLE[key] : {};
  const exactly = [JSON.stringify(value), similarTo(results, value)].find((name) => Object.hasOwn(results, name));
  return exactly
    ? resultOf(results, exactly, index) === "r"
    : resultOf(results, kindOf(value), index) === "r" && appliesToValue(results, value, index);
}

/**
 * Whether the rejection of a type applies to this value: not if other values of the type are valid, as numbers in a
 * range are.
 */
function appliesToValue(results, value, index) {
  const kind = kindOf(value);
  if (kind === "number")
    return !Object.keys(results).some(
      (name) => typeof valueIn(name) === "number" && resultOf(results, name, index) === "t",
    );
  // All valid texts were tested. An empty object stands for one with members if another type is valid.
  return (
    kind !== "object" ||
    Object.keys(value).length === 0 ||
    Object.keys(NAMES).some((other) => resultOf(results, other, index) === "t")
  );
}

function valueIn(name) {
  try {
    return JSON.parse(name);
  } catch {
    return undefined;
  }
}

/** The name of a tested object whose members have the same types. */
function similarTo(results, value) {
  if (!isObject(value)) return undefined;
  return Object.keys(results).find((name) => isObject(valueIn(name)) && signature(valueIn(name)) === signature(value));
}

/** The types of an object's members; for a map with arbitrary names, the type of the first. */
const signature = (value) =>
  [
    ...new Set(
      Object.entries(value).map(
        ([name, member]) => `${name === "type" || name === "command" ? name : ""} ${kindOf(member)}`,
      ),
    ),
  ]
    .sort()
    .join();

/** What that version accepts instead, from the table: a type, one of the tested values, or unknown. */
function describeExpected(results, value, index) {
  const kinds = Object.keys(NAMES).filter((kind) => results[kind] && resultOf(results, kind, index) !== "r");
  if (kinds.length && !kinds.includes(kindOf(value)))
    return `should be ${kinds.map((kind) => NAMES[kind]).join(" or ")}`;
  const accepted = Object.keys(results).filter(
    (name) => resultOf(results, name, index) === "t" && isText(valueIn(name)),
  );
  return accepted.length && isText(value)
    ? `should be one of ${accepted.join(", ")}`
    : `can not be ${JSON.stringify(value).slice(0, 60)}`;
}

/** Mistakes in hooks by their names in the table, each with a test. */
const MISTAKES = {
  event: { "an event is no list": (groups) => !Array.isArray(groups) },
  group: {
    "a group is no object": (group) => !isObject(group),
    "a group has no list of hooks": (group) => group.hooks === undefined,
    "the hooks of a group are no list": (group) => !Array.isArray(group.hooks),
    "a matcher is an object": (group) => isObject(group.matcher),
    "a matcher is no text": (group) => group.matcher !== undefined && !isText(group.matcher),
  },
  handler: {
    "a hook is no object": (handler) => !isObject(handler),
    "a hook has no type": (handler) => handler.type === undefined,
    "a hook has an unknown type": (handler) =>
      !["command", "prompt", "http", "agent", "mcp_tool"].includes(handler.type),
    "a command is missing": (handler) => handler.type === "command" && handler.command === undefined,
    "a command is no text": (handler) => handler.type === "command" && !isText(handler.command),
    "a timeout is no number": (handler) => handler.timeout !== undefined && typeof handler.timeout !== "number",
  },
};

function refusedHook(hooks, index) {
  if (hooks === undefined) return null;
  if (!isObject(hooks)) return '"hooks" should be an object';
  return (
    listParts(hooks)
      .map(({ kind, value, where }) => {
        const mistake = Object.keys(MISTAKES[kind]).find((name) => MISTAKES[kind][name](value));
        return mistake && resultOf(TABLE.hooks, mistake, index) === "r" ? `${mistake} (${where})` : null;
      })
      .find(Boolean) ?? null
  );
}

/** Each part of the hooks with its kind and position; nothing inside a part of the wrong type. */
function listParts(hooks) {
  const asList = (value) => (Array.isArray(value) ? value : []);
  return Object.entries(hooks).flatMap(([event, groups]) => [
    { kind: "event", value: groups, where: `hooks.${event}` },
    ...asList(groups).flatMap((group, number) => [
      { kind: "group", value: group, where: `hooks.${event}[${number}]` },
      ...asList(group?.hooks).map((handler, handlerIndex) => ({
        kind: "handler",
        value: handler,
        where: `hooks.${event}[${number}].hooks[${handlerIndex}]`,
      })),
    ]),
  ]);
}

module.exports = { findRefusal };
