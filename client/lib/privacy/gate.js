"use strict";
const path = require("node:path");
const { isWhollyPrivate } = require("../redact/tags.js");
const { setUserPatterns } = require("../redact/user-patterns.js");
const { detectOtherHost } = require("../shipper/other-hosts.js");
const { readConfig } = require("./config.js");
const { makeExclusions } = require("./exclude.js");
const { listNames } = require("./folder-names.js");
const { readPauses, wasPaused } = require("./pause.js");
const { privatePrompts } = require("./private-prompts.js");
const { listReached } = require("./reached-paths.js");

/**
 * Decides what stays on this machine. `isHeldBack(draft, {repoOf, mainOf})` is true for excluded and paused projects,
 * for private prompts and everything with their id, for payloads of other hosts, for payloads without a folder, and for
 * those with an unknown folder if any folder is excluded. `mainOf` names the main folder of a worktree, which is
 * excluded and paused with it. Throws UserError if config.json is invalid.
 */
function makePrivacyGate(paths) {
  const { exclude } = readConfig(paths);
  const excluded = makeExclusions(exclude);
  const prompts = privatePrompts(paths);
  const pauses = readPauses(paths);

  function isHeldBack({ hook, root, time, isDerived = false, payload: { value, isPart } }, { repoOf, mainOf }) {
    if (detectOtherHost(value)) return true;
    const cwd = textOf(value?.cwd) || root;
    // Without a folder a .memfogignore can not be found; Claude Code names one in each payload. Events that Memfog
    // derived may lack one, as the usage of a line without `cwd` does.
    if (cwd === "" && (!isDerived || exclude.length > 0)) return true;
    if (exclude.length > 0 && hasUnknownFolder(value, isPart || !isDerived)) return true;
    const main = mainOf(cwd) ?? "";
    const reached = listReached(value ?? {}, cwd);
    const folders = [cwd, root, main, ...reached.paths];
    if (folders.some(excluded.hasFolder) || reached.words.some(excluded.hasWord) || excluded.hasRepo(repoOf(cwd)))
      return true;
    const namesOf = () => [cwd, root, main].filter(Boolean).flatMap((folder) => listNames(folder));
    if (pauses.length > 0 && wasPaused(pauses, Number(time / 1_000_000n), namesOf)) return true;
    const id = textOf(value?.prompt_id);
    if (hook !== "prompt_submit" || !isWhollyPrivate(textOf(value?.prompt) ?? ""))
      return id !== null && prompts.has(id);
    if (id !== null) prompts.add(id);
    return true;
  }

  // From here on redaction also uses the user's patterns.
  setUserPatterns(readConfig(paths).redact);
  return { isHeldBack };
}

/**
 * If anything is excluded, an event whose folder is unknown stays here: a payload that is no JSON, or that names no
 * folder as Claude Code's do. That of the session may be another.
 */
const hasUnknownFolder = (value, isPayload) =>
  value === undefined || (isPayload && !path.isAbsolute(textOf(value?.cwd) ?? ""));

const textOf = (value) => (typeof value === "string" ? value : null);

module.exports = { makePrivacyGate };
