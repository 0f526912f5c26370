"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { fetchUser } = require("../commands/whoami.js");
const { namesIn, privateFolder, readJson, sha256, writeInFolder } = require("../files.js");
const { sameServer } = require("../network/loopback.js");
const outbox = require("./outbox.js");
const { listSpool, stateOf } = require("./spool.js");

// account.json says whose the events are that wait here: {url, id, email, key, token, since}, the token by its hash.
// What waits for another account lies in accounts/<key>/, and is sent when that one is connected again.

/**
 * Makes sure that what the outbox holds belongs to the account of `auth`, and asks the server about it where that is
 * not known: what was captured for another goes aside, what waited for this one comes back. `user` is what the server
 * said, if it was asked already; with `adopt` all that waits here is made this account's. Returns null, or what stopped
 * it, as `drain` does.
 */
async function settle(place, auth, { user = null, adopt = false } = {}) {
  const former = readJson(place.account);
  if (!adopt && former?.url === auth.url && former.token === fingerprint(auth.token)) return null;
  const asked = user ? { user } : await fetchUser(auth);
  if (!asked.user)
    return asked.isUnknown
      ? { does: "refused", status: 401 }
      : { does: "later", after: null, reason: `${asked.problem}` };
  const account = accountOf(auth, asked.user);
  if (former && former.key !== account.key && !adopt) setApart(place, former, switchedAt(place));
  for (const key of adopt ? namesIn(place.accounts) : [account.key]) takeBack(place, key);
  writeInFolder(place.account, `${JSON.stringify(account)}\n`);
  return null;
}

/**
 * Before another token is kept: whose the events are that wait here, where a version wrote auth.json that did not note
 * it.
 */
async function rememberOwner(place, auth) {
  if (!auth || readJson(place.account)) return;
  const { user } = await fetchUser(auth);
  writeInFolder(
    place.account,
    `${JSON.stringify(accountOf(auth, user ?? { id: fingerprint(auth.token), email: null }))}\n`,
  );
}

function accountOf({ url, token }, { id, email }) {
  const key = sha256(`${sameServer(url)}\n${id ?? email}`).slice(0, 16);
  return { url, id, email, key, token: fingerprint(token), since: new Date().toISOString() };
}

const fingerprint = (token) => sha256(token).slice(0, 16);

/** What came before this moment was captured for whoever was connected then. */
const switchedAt = (place) => fs.statSync(place.auth).mtimeMs;

function setApart(place, former, until) {
  const folder = path.join(place.accounts, former.key);
  const names = outbox.waiting(place).filter((name) => begunAt(path.join(place.outbox, name), name) < until);
  // What a hook is still writing began before, however whole it looks by now.
  const isLate = (entry) => stateOf(entry) === "half" || Number(entry.time / 1_000_000n) < until;
  const late = listSpool(place.spool)
    .filter(isLate)
    .map(({ name, node }) => ({ name, node: String(node) }));
  if (names.length + late.length === 0) return;
  privateFolder(path.join(folder, "outbox"));
  writeInFolder(path.join(folder, "account.json"), JSON.stringify({ url: former.url, email: former.email, late }));
  for (const name of names) fs.renameSync(path.join(place.outbox, name), path.join(folder, "outbox", name));
}

/** The earlier of when the event was and when it began to wait: what was read in a transcript waits from later on. */
const begunAt = (file, name) =>
  Math.min(outbox.timeOf(name), fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);

function takeBack(place, key) {
  const folder = path.join(place.accounts, key);
  if (!fs.existsSync(folder)) return;
  privateFolder(place.outbox);
  for (const name of outbox.waiting(placeOf(place, key)))
    fs.renameSync(path.join(folder, "outbox", name), path.join(place.outbox, name));
  fs.rmSync(folder, { recursive: true, force: true });
}

const placeOf = (place, key) => ({ ...place, outbox: path.join(place.accounts, key, "outbox") });

/** A function that tells of a spool file to which account's place it belongs, null being this one's. */
function lateFiles(place) {
  const known = new Map();
  for (const key of namesIn(place.accounts))
    for (const { name, node } of readJson(path.join(place.accounts, key, "account.json"))?.late ?? [])
      known.set(`${name} ${node}`, key);
  return ({ name, node }) => (known.has(`${name} ${node}`) ? placeOf(place, known.get(`${name} ${node}`)) : null);
}

/** What waits for other accounts, as [{url, email, count, place}]. */
function apart(place) {
  return namesIn(place.accounts)
    .map((key) => {
      const there = placeOf(place, key);
      const { url = null, email = null } = readJson(path.join(place.accounts, key, "account.json")) ?? {};
      return { url, email, count: outbox.waiting(there).length, place: there };
    })
    .filter(({ count }) => count > 0);
}

module.exports = { settle, rememberOwner, lateFiles, apart };
