"use strict";
const { describeUnreachable } = require("../commands/whoami.js");
const { objectOf, request } = require("../network/request.js");
const { UserError } = require("../user-error.js");

const HASHES_PER_REQUEST = 200;
const PAGE_SIZE = 100;
const MAX_PAGES = 5;

/**
 * The edits of a file that may have added lines with these hashes, as the server knows them. Only the path, the
 * repository and hashes are sent.
 */
async function fetchByHash(auth, { path, project, until }, hashes) {
  const found = [];
  for (let at = 0; at < hashes.length; at += HASHES_PER_REQUEST) {
    const query = { path, project, until, hashes: hashes.slice(at, at + HASHES_PER_REQUEST).join(",") };
    found.push(...(await fetchPages(auth, query)));
  }
  return found;
}

/** The latest edits of a file. */
const fetchLatest = (auth, { path, project, until }) => fetchPages(auth, { path, project, until });

async function fetchPages(auth, query) {
  const found = [];
  let cursor;
  for (let page = 0; page < MAX_PAGES; page++) {
    const parameters = { ...query, in_repository: "1", lines: "1", limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) };
    const answer = await get(auth, `/api/files/history?${new URLSearchParams(parameters)}`);
    found.push(...answer.changes);
    cursor = answer.next_cursor;
    if (!cursor) break;
  }
  return found;
}

async function get({ url, token, network }, path) {
  const answer = await request(url + path, { token, network, headers: { Accept: "application/json" } }).catch(
    (error) => {
      const { problem, remedy } = describeUnreachable(error, url);
      throw new UserError(`${problem}; ${remedy}`);
    },
  );
  if (answer.status === 401 || answer.status === 403)
    throw new UserError(`${url} does not let this token read (${answer.status}); connect with a token that may`);
  const body = answer.status === 200 ? objectOf(answer) : null;
  if (!Array.isArray(body?.changes)) throw new UserError(`${url} gave no history of files (${answer.status})`);
  return body;
}

module.exports = { fetchByHash, fetchLatest };
