"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { readAuth, writeAuth } = require("./auth.js");
const { privateFolder, readIfThere, readJson } = require("./files.js");
const { uninstall } = require("./install.js");
const { keepNetwork, networkIn } = require("./network/keep.js");
const { removeFrom } = require("./settings-file.js");
const { takeLease } = require("./shipper/lease.js");
const { apart, rememberOwner, settle } = require("./shipper/owner.js");
const { takeUp } = require("./shipper/quarantine.js");
const { sweep } = require("./shipper/sweep.js");
const { spoolUsage } = require("./shipper/usage-events.js");
const { describeError, UserError } = require("./user-error.js");

/**
 * Makes {url, token, user} the account that this place captures for, once `work` has put the files in place; `settings`
 * is the file that it edits, or null. What waits for the account before goes aside, or with `adopt` along. Where
 * anything fails all is as it was. Returns what `work` returned, with `apart`, what waits here for other accounts.
 */
async function become(place, { url, token, user, adopt = false }, settings, work) {
  const before = snapshot(place, settings);
  const former = readAuth(place);
  try {
    privateFolder(place.home);
    await rememberOwner(place, former);
    const isOther = former !== null && (former.url !== url || former.token !== token);
    if (isOther) sweepAll(place);
    const done = work();
    keepNetwork(place, networkIn());
    writeAuth(place, { url, token });
    await settle(place, { url, token }, { user, adopt });
    takeUp(place);
    return { ...done, apart: apart(place) };
  } catch (error) {
    restore(place, before, settings);
    throw error instanceof UserError
      ? error
      : Object.assign(new UserError(`${describeError(error)}. Nothing was changed.`), { cause: error });
  }
}

/** All that was captured so far becomes events of the account it was captured for; the shipper of that account ends. */
function sweepAll(place) {
  const lease = takeLease(place.lease, { force: true });
  try {
    sweep(place, { renew: lease.renew });
    // Of turns that have just ended the transcripts are read now: what is read later would be the next account's.
    if (spoolUsage(place, Infinity) > 0) sweep(place, { renew: lease.renew });
  } finally {
    lease.drop();
  }
}

const KEPT = ["auth", "account", "network", "authority"];

function snapshot(place, settings) {
  const folders = [place.home, place.claude, settings && path.dirname(settings)].filter(Boolean);
  return {
    isNew: readJson(place.auth) === null && !fs.existsSync(place.clients),
    missing: folders.filter((folder) => !fs.existsSync(folder)),
    files: KEPT.map((name) => [place[name], readOr(place[name])]),
  };
}

function readOr(file) {
  try {
    return readIfThere(file);
  } catch {
    return undefined;
  }
}

/** As well as it can be done: the disk that failed may fail again. */
function restore(place, { isNew, missing, files }, settings) {
  for (const [file, content] of files) attempt(() => restoreFile(file, content));
  if (!isNew) return;
  attempt(() => settings && removeFrom(settings, place.undo));
  attempt(() => uninstall(place));
  for (const folder of missing)
    attempt(() => (folder === place.home ? fs.rmSync(folder, { recursive: true, force: true }) : fs.rmdirSync(folder)));
}

function restoreFile(file, content) {
  if (content === null) fs.rmSync(file, { force: true });
  else if (content !== undefined && readIfThere(file) !== content) fs.writeFileSync(file, content, { mode: 0o600 });
}

function attempt(step) {
  try {
    step();
  } catch {
    // The trouble itself is told.
  }
}

module.exports = { become };
