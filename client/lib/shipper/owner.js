"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { fetchUser } = require("../commands/whoami.js");
const { listNames, makePrivateFolder, readJson, sha256, writeCreatingFolder } = require("../files.js");
const { sameServer } = require("../network/loopback.js");
const outbox = require("./outbox.js");
const { listSpool, fileStateOf } = require("./spool.js");

// account.json says whose the events are that wait here: {url, id, email, key, token, since}, the token by its hash.
// What waits for another account lies in accounts/<key>/, and is sent when that one is connected again.

/**
 * Makes sure that what the outbox holds belongs to the account of `auth`, and asks the server about it where that is
 * not known: what was captured for another goes aside, what waited for this one comes back. `user` is what the server
 * said, if it was asked already; with `adopt` all that waits here is made this account's. Returns null, or what stopped
 * it, as `drain` does.
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
 * Before another token is kept: whose the events are that wait here, where a version wrote auth.json that did not note
 * it.
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

/** What came before this moment was captured for whoever was connected then. */
const accountSwitchTime = (paths) => fs.statSync(paths.auth).mtimeMs;

function moveToAccount(paths, previous, until) {
  const folder = path.join(paths.accounts, previous.key);
  const names = outbox.listEvents(paths).filter((name) => waitingSince(path.join(paths.outbox, name), name) < until);
  // What a hook is still writing began before, however whole it looks by now.
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

/** The earlier of when the event was and when it began to wait: what was read in a transcript waits from later on. */
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

/** A function that tells of a spool file to which account's place it belongs, null being this one's. */
function mapLateFiles(paths) {
  const known = new Map();
  for (const key of listNames(paths.accounts))
    for (const { name, node } of readJson(path.join(paths.accounts, key, "account.json"))?.late ?? [])
      known.set(`${name} ${node}`, key);
  return ({ name, node }) =>
    known.has(`${name} ${node}`) ? pathsOfAccount(paths, known.get(`${name} ${node}`)) : null;
}

/** What waits for other accounts, as [{url, email, count, place}]. */
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
