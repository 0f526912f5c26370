"use strict";
const fs = require("node:fs");
const path = require("node:path");

const KEPT = path.join(__dirname, "..", "test", "transcripts");
const HOOKS = Object.fromEntries(
  [...require("../lib/hooks.json"), ...require("../lib/hooks-extra.json")].map(({ hook, event }) => [event, hook]),
);

/**
 * Copies the recorded transcripts of a session of the real client into a home, as if it had run there, or into another
 * config root. Returns the transcript files of its sessions.
 */
function putTranscripts(here, name, root = path.join(here.home, ".claude")) {
  const projects = path.join(root, "projects");
  fs.cpSync(path.join(KEPT, name, "projects"), projects, { recursive: true });
  const folder = path.join(projects, "-home-dev-my-repo");
  return fs
    .readdirSync(folder)
    .filter((one) => one.endsWith(".jsonl"))
    .map((one) => path.join(folder, one));
}

/** Copies of the recorded session under ids of their own, `count` of them. */
function putCopies(here, name, count) {
  const kept = path.join(KEPT, name, "projects", "-home-dev-my-repo");
  const folder = path.join(here.home, ".claude", "projects", "-home-dev-my-repo");
  fs.mkdirSync(folder, { recursive: true });
  for (const file of fs.readdirSync(kept).filter((one) => one.endsWith(".jsonl")))
    for (let copy = 0; copy < count; copy += 1) {
      const renamed = (text) => text.replace(IDS, (id) => `${id.slice(0, -3)}${String(copy).padStart(3, "0")}`);
      fs.writeFileSync(path.join(folder, renamed(file)), renamed(fs.readFileSync(path.join(kept, file), "utf8")));
    }
}

const IDS = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(?:toolu|msg|req)_\w+/g;

/** The payloads that the hooks received in that session, as [{hook, payload}]. */
function toldByHooks(name) {
  const rows = fs
    .readFileSync(path.join(KEPT, name, "hooks.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((row) => JSON.parse(row));
  return rows.map((payload) => ({ hook: HOOKS[payload.hook_event_name], payload })).filter(({ hook }) => hook);
}

module.exports = { putTranscripts, putCopies, toldByHooks };
