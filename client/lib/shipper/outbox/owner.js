"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { fetchUser } = require("../../commands/whoami.js");
const { listNames, makePrivateFolder, readJson, sha256, writeCreatingFolder } = require("../../files.js");
const { sameServer } = require("../../network/loopback.js");
const { listSpool, fileStateOf } = require("../spool/spool.js");
const outbox = require("./outbox.js");

// account.json names the account of the waiting events: {url, id, email, key, token, since}, with the token's hash.
// Events of another account wait in accounts/<key>/ until that account is connected again.

/**
 * Ensures that the outbox belongs to the account of `auth`, and asks the server about the account if it is unknown:
 * events of another account are moved away, those that waited for this one come back. `user` is the server's answer, if
 * it is known already; `adopt` makes all waiting events this account's. Returns null, or what stopped it, as `sendAll`
 * does.
 */
async function settleAccount(paths, auth, { user = null, adopt = false } = {}) {
  const previous = readJson(paths.account);
  if (!adopt && previous?.url === auth.url && previous.token === fingerprint(auth.token)) return null;
  const answer = user ? { user } : await fetchUser(auth);
  if (!answer.user)
    return answer.isUnknown
      ? { does: "refused", status: 401 }
      : { does: "later", after: null, reason: `${answer.problem}` };
  const account = accountOf(auth, answer.user);
  if (previous && previous.key !== account.key && !adopt) moveToAccount(paths, previous, accountSwitchTime(paths));
  for (const key of adopt ? listNames(paths.accounts) : [account.key]) restoreFromAccount(paths, key);
  writeCreatingFolder(paths.account, `${JSON.stringify(account)}\n`);
  return null;
}

/**
 * Before the token changes: records the account of the waiting events if an older version wrote auth.json without it.
 */
async function recordOwner(paths, auth) {
  if (!auth || readJson(paths.account)) return;
  const { user } = await fetchUser(auth);
  writeCreatingFolder(
    paths.account,
    `${JSON.stringify(accountOf(auth, user ?? { id: fingerprint(auth.token), email: null }))}\n`,
  );
}

function accountOf({ url, token }, { id, email }) {
  const key = sha256(`${sameServer(url)}\n${id ?? email}`).slice(0, 16);
  return { url, id, email, key, token: fingerprint(token), since: new Date().toISOString() };
}

const fingerprint = (token) => sha256(token).slice(0, 16);

/** Events before this time were captured for the account that was connected then. */
const accountSwitchTime = (paths) => fs.statSync(paths.auth).mtimeMs;

function moveToAccount(paths, previous, until) {
  const folder = path.join(paths.accounts, previous.key);
  const names = outbox.listEvents(paths).filter((name) => waitingSince(path.join(paths.outbox, name), name) < until);
  // An unfinished spool file began before the switch, even if it is complete by now.
  const isOfPrevious = (entry) => fileStateOf(entry) === "half" || Number(entry.time / 1_000_000n) < until;
  const late = listSpool(paths.spool)
    .filter(isOfPrevious)
    .map(({ name, node }) => ({ name, node: String(node) }));
  if (names.length + late.length === 0) return;
  makePrivateFolder(path.join(folder, "outbox"));
  writeCreatingFolder(
    path.join(folder, "account.json"),
    JSON.stringify({ url: previous.url, email: previous.email, late }),
  );
  for (const name of names) fs.renameSync(path.join(paths.outbox, name), path.join(folder, "outbox", name));
}

/** The earlier of the event's time and the start of its wait: an event from a transcript starts to wait later. */
const waitingSince = (file, name) =>
  Math.min(outbox.timeOf(name), fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);

function restoreFromAccount(paths, key) {
  const folder = path.join(paths.accounts, key);
  if (!fs.existsSync(folder)) return;
  makePrivateFolder(paths.outbox);
  for (const name of outbox.listEvents(pathsOfAccount(paths, key)))
    fs.renameSync(path.join(folder, "outbox", name), path.join(paths.outbox, name));
  fs.rmSync(folder, { recursive: true, force: true });
}

const pathsOfAccount = (paths, key) => ({ ...paths, outbox: path.join(paths.accounts, key, "outbox") });

/** Returns a function that maps a spool file to the paths of its account, or null for the current one. */
function mapLateFiles(paths) {
  const known = new Map();
  for (const key of listNames(paths.accounts))
    for (const { name, node } of readJson(path.join(paths.accounts, key, "account.json"))?.late ?? [])
      known.set(`${name} ${node}`, key);
  return ({ name, node }) =>
    known.has(`${name} ${node}`) ? pathsOfAccount(paths, known.get(`${name} ${node}`)) : null;
}

/** Events that wait for other accounts, as [{url, email, count, paths}]. */
function listOtherAccounts(paths) {
  return listNames(paths.accounts)
    .map((key) => {
      const accountPaths = pathsOfAccount(paths, key);
      const { url = null, email = null } = readJson(path.join(paths.accounts, key, "account.json")) ?? {};
      return { url, email, count: outbox.listEvents(accountPaths).length, paths: accountPaths };
    })
    .filter(({ count }) => count > 0);
}

module.exports = { settleAccount, recordOwner, mapLateFiles, listOtherAccounts };
