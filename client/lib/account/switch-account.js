"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { makePrivateFolder, readIfExists, readJson } = require("../files.js");
const { dropCache } = require("../hints/hint-cache.js");
const { uninstall } = require("../install/install.js");
const { saveNetwork, readEnvironment } = require("../network/network-settings.js");
const { removeHooks } = require("../settings/settings-file.js");
const { takeLease } = require("../shipper/lease.js");
const { listOtherAccounts, recordOwner, settleAccount } = require("../shipper/outbox/owner.js");
const { retryQuarantined } = require("../shipper/outbox/quarantine.js");
const { spoolUsageEvents } = require("../shipper/sessions/usage-events.js");
const { sweep } = require("../shipper/sweep.js");
const { describeError, UserError } = require("../user-error.js");
const { readAuth, writeAuth } = require("./auth.js");

/**
 * Makes {url, token, user} the account for which this machine captures, once `work` has put the files in place;
 * `settings` is the file that it edits, or null. Events of the previous account are moved away, or with `adopt` kept.
 * On an error everything is restored. Returns the result of `work`, with `otherAccounts`, the events that wait for
 * other accounts.
 */
async function switchAccount(paths, { url, token, user, adopt = false }, settings, work) {
  const before = snapshot(paths, settings);
  const previous = readAuth(paths);
  try {
    makePrivateFolder(paths.home);
    await recordOwner(paths, previous);
    const isNewAccount = previous !== null && (previous.url !== url || previous.token !== token);
    if (isNewAccount) {
      dropCache(paths);
      sweepSpool(paths);
    }
    const result = work();
    saveNetwork(paths, readEnvironment());
    writeAuth(paths, { url, token });
    await settleAccount(paths, { url, token }, { user, adopt });
    retryQuarantined(paths);
    return { ...result, otherAccounts: listOtherAccounts(paths) };
  } catch (error) {
    restore(paths, before, settings);
    throw error instanceof UserError
      ? error
      : Object.assign(new UserError(`${describeError(error)}. Nothing was changed.`), { cause: error });
  }
}

/**
 * Turns everything captured so far into events of the account for which it was captured; that account's shipper ends.
 */
function sweepSpool(paths) {
  const lease = takeLease(paths.lease, { force: true });
  try {
    sweep(paths, { renew: lease.renew });
    // The transcripts of turns that have just ended are read now: later their usage would count for the next account.
    if (spoolUsageEvents(paths, Infinity) > 0) sweep(paths, { renew: lease.renew });
  } finally {
    lease.drop();
  }
}

const ACCOUNT_FILES = ["auth", "account", "network", "authority"];

function snapshot(paths, settings) {
  const folders = [paths.home, paths.claude, settings && path.dirname(settings)].filter(Boolean);
  return {
    isNew: readJson(paths.auth) === null && !fs.existsSync(paths.clients),
    missing: folders.filter((folder) => !fs.existsSync(folder)),
    files: ACCOUNT_FILES.map((name) => [paths[name], readIfReadable(paths[name])]),
  };
}

function readIfReadable(file) {
  try {
    return readIfExists(file);
  } catch {
    return undefined;
  }
}

/** Restores as much as possible: the disk that failed may fail again. */
function restore(paths, { isNew, missing, files }, settings) {
  for (const [file, content] of files) ignoreErrors(() => restoreFile(file, content));
  if (!isNew) return;
  ignoreErrors(() => settings && removeHooks(settings, paths.undo));
  ignoreErrors(() => uninstall(paths));
  for (const folder of missing)
    ignoreErrors(() =>
      folder === paths.home ? fs.rmSync(folder, { recursive: true, force: true }) : fs.rmdirSync(folder),
    );
}

function restoreFile(file, content) {
  if (content === null) fs.rmSync(file, { force: true });
  else if (content !== undefined && readIfExists(file) !== content) fs.writeFileSync(file, content, { mode: 0o600 });
}

function ignoreErrors(step) {
  try {
    step();
  } catch {
    // The original error is reported.
  }
}

module.exports = { switchAccount };
