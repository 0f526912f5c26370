"use strict";
const { objectOf, request } = require("../network/request.js");
const { readTrailers } = require("../trailer/add-trailer.js");

const MAX_COMMITS = 20; // of which the server is asked
const PUSH = "push";
// What the server answered about commits in a run, by its credentials: the files of a diff share theirs.
const answers = new WeakMap();

/**
 * Adds to what was found of each line which sessions made its commit. A likely edit of such a session is certain. Where
 * no edit is known, `commitSessions` are all that can be said. Only hashes are sent.
 */
async function addCommitEvidence(auth, top, found) {
  const isOpen = ({ commit, sureness }) => commit && sureness !== "certain";
  const commits = [...new Set([...found.values()].filter(isOpen).map(({ commit }) => commit))];
  const sessions = new Map();
  for (const commit of commits.slice(0, MAX_COMMITS)) sessions.set(commit, await askOnce(auth, top, commit));
  for (const result of found.values()) {
    const made = sessions.get(result.commit) ?? [];
    if (!made.length) continue;
    result.commitSessions = made;
    if (made.some(({ id }) => id === result.change?.session_id))
      Object.assign(result, { sureness: "certain", isByCommit: true });
  }
}

function askOnce(auth, top, commit) {
  const known = answers.get(auth) ?? new Map();
  answers.set(auth, known);
  if (!known.has(commit)) known.set(commit, findSessions(auth, top, commit));
  return known.get(commit);
}

/** The sessions that made a commit, as {id, title}: those that its message names, and those that the server knows. */
async function findSessions(auth, top, commit) {
  const named = readTrailers(top, commit).map((id) => [id, ""]);
  const known = (await fetchActs(auth, commit))
    .filter(({ kind }) => kind !== PUSH)
    .map(({ session_id: id, session_title: title }) => [id, title]);
  return [...new Map([...named, ...known])].map(([id, title]) => ({ id, title }));
}

/** An older server knows no commits. */
async function fetchActs({ url, token, network }, commit) {
  const answer = await request(`${url}/api/commits/${commit}`, { token, network }).catch(() => null);
  const acts = answer?.status === 200 ? objectOf(answer)?.acts : null;
  return Array.isArray(acts) ? acts : [];
}

module.exports = { addCommitEvidence };
