"use strict";
const path = require("node:path");
const { isWhollyPrivate } = require("../redact/tags.js");
const { setUserPatterns } = require("../redact/user-patterns.js");
const { detectOtherHost } = require("../shipper/other-hosts.js");
const { readConfig } = require("./config.js");
const { makeExclusions } = require("./exclude.js");
const { wasPaused } = require("./pause.js");
const { privatePrompts } = require("./private-prompts.js");

const FILE_KEYS = ["file_path", "notebook_path", "path"];

/**
 * Decides what stays on this machine: `keepsBack(draft, repoOf)` for what lies in an excluded project or a paused one,
 * and for private prompts with all that has their id, for payloads of other hosts, for those without any folder, and
 * for those whose folder can not be told for sure where any is excluded. Throws UserError when config.json can not be
 * understood.
 */
function makePrivacyGate(paths) {
  const { exclude } = readConfig(paths);
  const excluded = makeExclusions(exclude);
  const prompts = privatePrompts(paths);

  function isHeldBack({ hook, root, time, isDerived = false, payload: { value, isPart } }, repoOf) {
    if (detectOtherHost(value)) return true;
    const cwd = textOf(value?.cwd) || root;
    // Without any folder nobody can tell whether a .memfogignore lies there; Claude Code names one in each payload.
    // What we made ourselves may lack one, as the usage of a line without `cwd` does.
    if (cwd === "" && (!isDerived || exclude.length > 0)) return true;
    // Where something is excluded, what can not be told to lie elsewhere stays; so does what is no JSON and might.
    const hasUnknownFolder = value === undefined || (isPart && !textOf(value.cwd));
    if (exclude.length > 0 && hasUnknownFolder) return true;
    const folders = [cwd, root, ...filesOf(value?.tool_input, cwd)];
    if (folders.some(excluded.hasFolder) || excluded.hasRepo(repoOf(cwd))) return true;
    if ([cwd, root].some((folder) => wasPaused(paths, folder, Number(time / 1_000_000n)))) return true;
    const id = textOf(value?.prompt_id);
    if (hook !== "prompt_submit" || !isWhollyPrivate(textOf(value?.prompt) ?? ""))
      return id !== null && prompts.has(id);
    if (id !== null) prompts.add(id);
    return true;
  }

  // From here on what is cleaned is cleaned of what the user named, too.
  setUserPatterns(readConfig(paths).redact);
  return { isHeldBack };
}

const textOf = (value) => (typeof value === "string" ? value : null);

/** The files a tool was given, since a session may reach into an excluded project from outside. */
function filesOf(input, cwd) {
  return FILE_KEYS.map((key) => textOf(input?.[key]))
    .filter(Boolean)
    .map((file) => (path.isAbsolute(file) || !path.isAbsolute(cwd) ? file : path.join(cwd, file)));
}

module.exports = { makePrivacyGate };
