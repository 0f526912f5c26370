"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const { readAuth } = require("../auth.js");
const { notice } = require("../notice.js");
const { readConfig } = require("../privacy/config.js");
const { gate } = require("../privacy/gate.js");
const { objectOf, request } = require("../request.js");
const { repoOf } = require("../shipper/repo.js");
const { spoolDerived } = require("../shipper/spool.js");

const DEADLINE_MS = 1_500;
// Above this the host replaces the text by the path of a file.
const MOST_CHARACTERS = 10_000;
const CUT = "\n\n[cut here; ask Memfog for more]";
// A resumed or forked session has what it was given in its transcript already.
const BEGINS_ANEW = new Set(["startup", "clear", "compact"]);
const STDOUT = 1;

/**
 * Prints what a session that begins should know, and a notice where one is due, as the one JSON object the host reads.
 * `spooled` is the spool file of the session_start hook. Any trouble prints nothing.
 */
async function give(place, spooled) {
  const told = toldBy(spooled);
  if (!told || !BEGINS_ANEW.has(told.payload.source)) return;
  const context = await contextFor(place, told).catch(() => null);
  const output = { ...(context ? outputOf(context) : {}), ...messageOf(notice(place)) };
  if (Object.keys(output).length === 0) return;
  fs.writeSync(STDOUT, JSON.stringify(output));
  if (context) noteInjected(place, told, context);
}

/** {root, payload} of a session_start, or null. */
function toldBy(spooled) {
  const line = spooled.indexOf(10);
  const nul = spooled.indexOf(0, line + 1);
  const end = spooled.lastIndexOf("\0memfog ");
  if (line < 0 || nul < 0 || end <= nul) return null;
  const payload = JSON.parse(spooled.toString("utf8", nul + 1, end));
  return payload !== null && typeof payload === "object" ? { root: spooled.toString("utf8", line + 1, nul), payload } : null;
}

/** {text, tokens, items} as the server has it, or null where it is off, or there is none. */
async function contextFor(place, { root, payload }) {
  const auth = readAuth(place);
  const time = BigInt(Date.now()) * 1_000_000n;
  if (!auth || readConfig(place).context === false) return null;
  // A project that is kept back is not named to the server either.
  if (gate(place).keepsBack({ hook: "session_start", root, time, payload: { value: payload } }, repoOf)) return null;
  const project = typeof payload.cwd === "string" ? payload.cwd : root;
  const asked = new URLSearchParams({ project, root, source: payload.source });
  const repo = repoOf(project);
  if (repo) asked.set("repo", repo);
  const headers = { Accept: "application/json" };
  const answer = await request(`${auth.url}/api/context?${asked}`, { token: auth.token, headers, timeout: DEADLINE_MS });
  const body = answer.status === 200 ? objectOf(answer) : null;
  if (typeof body?.markdown !== "string" || body.markdown.trim() === "") return null;
  return { ...fitted(body.markdown), tokens: body.tokens ?? null, items: Array.isArray(body.items) ? body.items : [] };
}

function fitted(markdown) {
  const whole = markdown.toWellFormed();
  if (whole.length <= MOST_CHARACTERS) return { text: whole, isCut: false };
  return { text: whole.slice(0, MOST_CHARACTERS - CUT.length).replace(/[\ud800-\udbff]$/, "") + CUT, isCut: true };
}

const outputOf = ({ text }) => ({ hookSpecificOutput: { hookEventName: "SessionStart", additionalContext: text } });

const messageOf = (message) => (message ? { systemMessage: message } : {});

/** What was given to a session is part of its story. The text is the server's own; its parts are named. */
function noteInjected(place, { root, payload }, { text, isCut, tokens, items }) {
  const data = { session_id: payload.session_id, cwd: payload.cwd, source: payload.source, tokens, items, characters: text.length, cut: isCut };
  const time = BigInt(Date.now()) * 1_000_000n;
  spoolDerived(place, { name: "ContextInjected", id: crypto.randomUUID(), time, root, payload: JSON.stringify(data) });
}

module.exports = { give };
