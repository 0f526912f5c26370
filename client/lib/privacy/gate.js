"use strict";
const path = require("node:path");
const { isWhollyPrivate } = require("../redact/tags.js");
const { readConfig } = require("./config.js");
const { exclusions } = require("./exclude.js");
const { wasPaused } = require("./pause.js");
const { privatePrompts } = require("./private-prompts.js");

const FILE_KEYS = ["file_path", "notebook_path", "path"];

/**
 * Decides what stays on this machine: `keepsBack(draft, repoOf)` for what lies in an excluded project or a paused one, and
 * for private prompts with all that has their id. Throws Trouble when config.json can not be understood.
 */
function gate(place) {
  const excluded = exclusions(readConfig(place).exclude);
  const prompts = privatePrompts(place);

  function keepsBack({ hook, root, time, payload: { value } }, repoOf) {
    const cwd = textOf(value?.cwd) ?? root;
    const folders = [cwd, root, ...filesOf(value?.tool_input, cwd)];
    if (folders.some(excluded.hasFolder) || excluded.hasRepo(repoOf(cwd))) return true;
    if ([cwd, root].some((folder) => wasPaused(place, folder, Number(time / 1_000_000n)))) return true;
    const id = textOf(value?.prompt_id);
    if (hook !== "prompt_submit" || !isWhollyPrivate(textOf(value?.prompt) ?? "")) return id !== null && prompts.has(id);
    if (id !== null) prompts.add(id);
    return true;
  }

  return { keepsBack };
}

const textOf = (value) => (typeof value === "string" ? value : null);

/** The files a tool was given, since a session may reach into an excluded project from outside. */
function filesOf(input, cwd) {
  return FILE_KEYS.map((key) => textOf(input?.[key])).filter(Boolean).map((file) => (path.isAbsolute(file) || !path.isAbsolute(cwd) ? file : path.join(cwd, file)));
}

module.exports = { gate };
