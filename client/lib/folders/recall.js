"use strict";
const path = require("node:path");
const { readAuth } = require("../auth.js");
const { objectOf, request } = require("../request.js");
const { UserError } = require("../user-error.js");

const AT_ONCE = 100;
const PAGES = 3;

/** What was edited below `root` lately, by folder: Map of folder to [{name, times, last}], the latest first. */
async function recall(place, root) {
  const auth = readAuth(place);
  if (!auth) throw new UserError("not connected: run memfog connect claude-code first");
  const edits = await editsOf(auth, root);
  const folders = new Map();
  for (const { file, at } of edits.sort((a, b) => (a.at < b.at) - (a.at > b.at))) {
    const files = folders.get(path.dirname(file)) ?? folders.set(path.dirname(file), new Map()).get(path.dirname(file));
    const known = files.get(path.basename(file));
    if (known) known.times += 1;
    else files.set(path.basename(file), { name: path.basename(file), times: 1, last: at.slice(0, 10) });
  }
  return new Map([...folders].map(([folder, files]) => [folder, [...files.values()]]));
}

/** [{file, at}] of the latest edits; files are told relative to the folder that their session was started in. */
async function editsOf(auth, root) {
  const edits = [];
  let cursor = null;
  for (let page = 0; page < PAGES; page += 1) {
    const asked = new URLSearchParams({ q: "type:edit", project: root, limit: AT_ONCE, ...(cursor ? { cursor } : {}) });
    const found = await ask(auth, `/api/search?${asked}`);
    const ids = listOf(found.hits)
      .filter((hit) => isWithin(root, hit.project))
      .map((hit) => hit.id);
    const { observations } = ids.length
      ? await ask(auth, `/api/observations?ids=${ids.join(",")}`)
      : { observations: [] };
    for (const { project, ts, files_modified: files } of listOf(observations))
      for (const file of listOf(files))
        if (isWithin(root, path.resolve(project, file)))
          edits.push({ file: path.resolve(project, file), at: String(ts) });
    cursor = found.next_cursor;
    if (!cursor) break;
  }
  return edits;
}

async function ask({ url, token, network }, route) {
  const answer = await request(url + route, { token, network, headers: { Accept: "application/json" } });
  if (answer.status === 403) throw new UserError("this token can not read: connect without --capture-only");
  const body = answer.status === 200 ? objectOf(answer) : null;
  if (body === null) throw new UserError(`${url} answered ${answer.status}; nothing was changed`);
  return body;
}

const listOf = (value) => (Array.isArray(value) ? value : []);

function isWithin(root, folder) {
  if (typeof folder !== "string" || !path.isAbsolute(folder)) return false;
  const way = path.relative(root, folder);
  return way !== ".." && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

module.exports = { recall };
