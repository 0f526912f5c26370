"use strict";
const path = require("node:path");
const { readAuth } = require("../account/auth.js");
const { objectOf, request } = require("../network/request.js");
const { UserError } = require("../user-error.js");

const PAGE_SIZE = 100;
const MAX_PAGES = 3;

/** The files edited below `root` lately, by folder: Map of folder to [{name, times, last}], the latest first. */
async function fetchEditedFolders(paths, root) {
  const auth = readAuth(paths);
  if (!auth) throw new UserError("not connected: run memfog connect claude-code first");
  const edits = await fetchEdits(auth, root);
  const folders = new Map();
  for (const { file, at } of edits.sort((a, b) => (a.at < b.at) - (a.at > b.at))) {
    const files = folders.get(path.dirname(file)) ?? folders.set(path.dirname(file), new Map()).get(path.dirname(file));
    const known = files.get(path.basename(file));
    if (known) known.times += 1;
    else files.set(path.basename(file), { name: path.basename(file), times: 1, last: at.slice(0, 10) });
  }
  return new Map([...folders].map(([folder, files]) => [folder, [...files.values()]]));
}

/** [{file, at}] of the latest edits; file names are relative to the folder in which their session started. */
async function fetchEdits(auth, root) {
  const edits = [];
  let cursor = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const query = new URLSearchParams({
      q: "type:edit",
      project: root,
      limit: PAGE_SIZE,
      ...(cursor ? { cursor } : {}),
    });
    const result = await fetchJson(auth, `/api/search?${query}`);
    const ids = asList(result.hits)
      .filter((hit) => isWithin(root, hit.project))
      .map((hit) => hit.id);
    const { observations } = ids.length
      ? await fetchJson(auth, `/api/observations?ids=${ids.join(",")}`)
      : { observations: [] };
    for (const { project, ts, files_modified: files } of asList(observations))
      for (const file of asList(files))
        if (isWithin(root, path.resolve(project, file)))
          edits.push({ file: path.resolve(project, file), at: String(ts) });
    cursor = result.next_cursor;
    if (!cursor) break;
  }
  return edits;
}

async function fetchJson({ url, token, network }, route) {
  const answer = await request(url + route, { token, network, headers: { Accept: "application/json" } });
  if (answer.status === 403) throw new UserError("this token can not read: connect without --capture-only");
  const body = answer.status === 200 ? objectOf(answer) : null;
  if (body === null) throw new UserError(`${url} answered ${answer.status}; nothing was changed`);
  return body;
}

const asList = (value) => (Array.isArray(value) ? value : []);

function isWithin(root, folder) {
  if (typeof folder !== "string" || !path.isAbsolute(folder)) return false;
  const relative = path.relative(root, folder);
  return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

module.exports = { fetchEditedFolders };
