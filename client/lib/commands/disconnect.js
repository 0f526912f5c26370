"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { dropTurnFolder } = require("../context/turn-folder.js");
const { dropCache } = require("../hints/hint-cache.js");
const { uninstall } = require("../install/install.js");
const { countQueue } = require("../queue-status.js");
const { listRecordedFiles, removeHooks } = require("../settings/settings-file.js");
const { removeAllHooks } = require("../trailer/git-hook.js");
const { UserError } = require("../user-error.js");

/**
 * Removes the entries and files that `connect` wrote, in every folder; with `forget` also everything that Memfog stores
 * on this machine. Returns {settings: [changed files], trailers: [removed hooks of git], left: [{file, why}] that could
 * not be changed, forgotten, waiting}.
 */
function disconnect(paths, { forget = false, force = false } = {}) {
  const { waiting: ownWaiting, otherAccounts } = countQueue(paths);
  const waiting = otherAccounts.reduce((sum, { count }) => sum + count, ownWaiting);
  if (forget && waiting > 0 && !force)
    throw new UserError(
      `${waiting} event(s) are not delivered yet; run memfog flush first, or add --force to drop them. ` +
        "Nothing was changed.",
    );
  const settings = [paths.settings, paths.projectSettings].filter((file) => removeHooks(file, paths.undo));
  const recorded = listRecordedFiles(paths.undo).map((file) => ({ file, ...removeSafely(file, paths.undo) }));
  const recordedFiles = recorded.filter(({ isDone }) => isDone).map(({ file }) => file);
  dropCache(paths);
  dropTurnFolder(paths);
  uninstall(
    paths,
    recordedFiles.map((file) => path.join(path.dirname(file), "hooks")),
  );
  const trailers = removeAllHooks(paths);
  if (forget) fs.rmSync(paths.home, { recursive: true, force: true });
  return {
    settings: [...settings, ...recordedFiles],
    left: [...recorded.filter(({ why }) => why), ...trailers.left],
    trailers: trailers.removed,
    forgotten: forget,
    waiting,
  };
}

/** For the settings of another folder: {isDone}, or {why} if they can not be edited. A deleted folder is no error. */
function removeSafely(file, undo) {
  try {
    return { isDone: removeHooks(file, undo) };
  } catch (error) {
    return { isDone: false, why: error.message.replace(/\.? Nothing was changed\.$/, "") };
  }
}

module.exports = { disconnect };
