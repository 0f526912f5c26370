"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { uninstall } = require("../install.js");
const { counts } = require("../queue-status.js");
const { rememberedFiles, removeFrom } = require("../settings-file.js");
const { UserError } = require("../user-error.js");

/**
 * Takes out the entries and files that connect put in, in whichever folder; with `forget` all that Memfog keeps on this
 * machine. Returns {settings: [files that were changed], left: [{file, why}] of those that could not be, forgotten,
 * waiting}.
 */
function disconnect(place, { forget = false, force = false } = {}) {
  const { waiting: mine, apart } = counts(place);
  const waiting = apart.reduce((sum, { count }) => sum + count, mine);
  if (forget && waiting > 0 && !force)
    throw new UserError(
      `${waiting} event(s) are not delivered yet; run memfog flush first, or add --force to drop them. ` +
        "Nothing was changed.",
    );
  const settings = [place.settings, place.projectSettings].filter((file) => removeFrom(file, place.undo));
  const elsewhere = rememberedFiles(place.undo).map((file) => ({ file, ...removedFrom(file, place.undo) }));
  const others = elsewhere.filter(({ isDone }) => isDone).map(({ file }) => file);
  uninstall(
    place,
    others.map((file) => path.join(path.dirname(file), "hooks")),
  );
  if (forget) fs.rmSync(place.home, { recursive: true, force: true });
  return { settings: [...settings, ...others], left: elsewhere.filter(({ why }) => why), forgotten: forget, waiting };
}

/**
 * Of another folder's settings: {isDone}, or {why} where they can not be edited; what was removed with its folder is no
 * trouble.
 */
function removedFrom(file, undo) {
  try {
    return { isDone: removeFrom(file, undo) };
  } catch (error) {
    return { isDone: false, why: error.message.replace(/\.? Nothing was changed\.$/, "") };
  }
}

module.exports = { disconnect };
