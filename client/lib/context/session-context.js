"use strict";
const fs = require("node:fs");
const { readAuth } = require("../account/auth.js");
const { mainOf, repoOf } = require("../git/repo.js");
const { noteGiven } = require("../hints/given-lines.js");
const { findProxy } = require("../network/proxy.js");
const { objectOf, request } = require("../network/request.js");
const { notice } = require("../notice.js");
const { readConfig } = require("../privacy/config.js");
const { makePrivacyGate } = require("../privacy/gate.js");
const { isHeadless } = require("./headless.js");
const { parseSpooled, recordInjection } = require("./injected.js");
const { plainGet } = require("./plain-get.js");
const { claimTurn } = require("./start-turns.js");

const CONTEXT_TIMEOUT_MS = 1_500;
// Claude Code replaces texts above 10,000 characters by the path of a file. This counts characters as JSON, with a
// margin.
const MAX_CONTEXT_CHARS = 9_800;
const CUT_MARK = "\n\n[cut here; ask Memfog for more]";
// The transcript of a resumed or forked session already holds its context.
const FRESH_SOURCES = new Set(["startup", "clear", "compact"]);
// The value of `context` in config.json with which sessions that a program starts get it, too.
const ALL_SESSIONS = "all";
const STDOUT = 1;

/**
 * Prints the context of a new session, and a notice if one is due, as the one JSON object that Claude Code reads.
 * `spooled` is the spool file of the session_start hook. On any error it prints nothing.
 */
async function giveContext(paths, spooled) {
  const start = parseSpooled(spooled);
  if (!start || !FRESH_SOURCES.has(start.payload.source)) return;
  const turn = await claimTurn(paths, start);
  if (turn.isOwnTurn && (await printContext(paths, start))) turn.end();
}

/**
 * Resolves to whether this registration is done: if its home gives no context, or the server could not be asked,
 * another registration may try.
 */
async function printContext(paths, start) {
  const context = await Promise.race([fetchContext(paths, start), wait(CONTEXT_TIMEOUT_MS)]).catch(() => undefined);
  const output = { ...(context ? contextOutput(context) : {}), ...noticeOutput(notice(paths)) };
  if (Object.keys(output).length > 0) fs.writeSync(STDOUT, JSON.stringify(output));
  if (context) recordContext(paths, start, context);
  return context !== undefined;
}

/** The timeout also covers an answer that arrives too slowly. */
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * {text, tokens, items} from the server; null if it has none, undefined if this home gives no context. Rejects if the
 * server does not answer.
 */
async function fetchContext(paths, start) {
  const auth = readAuth(paths);
  if (!auth || !mayGive(paths, start)) return undefined;
  const { root, payload } = start;
  const project = typeof payload.cwd === "string" ? payload.cwd : root;
  const query = new URLSearchParams({ project, root, source: payload.source });
  const repo = repoOf(project);
  if (repo) query.set("repo", repo);
  const answer = await get(`${auth.url}/api/context?${query}`, auth);
  const body = answer.status === 200 ? objectOf(answer) : null;
  if (typeof body?.markdown !== "string") throw new Error("no memory in the answer");
  if (body.markdown.trim() === "") return null;
  return {
    ...fitContext(body.markdown),
    tokens: body.tokens ?? null,
    items: Array.isArray(body.items) ? body.items : [],
  };
}

/** Whether config.json lets a session like this have context. */
function mayGive(paths, { entrypoint, root, payload }) {
  const { context: wanted } = readConfig(paths);
  if (wanted === false) return false;
  if (wanted !== ALL_SESSIONS && isHeadless({ entrypoint, folders: [root, String(payload.cwd ?? "")] })) return false;
  // The name of an excluded project is not sent to the server either.
  const time = BigInt(Date.now()) * 1_000_000n;
  const draft = { hook: "session_start", root, time, payload: { value: payload } };
  return !makePrivacyGate(paths).isHeldBack(draft, { repoOf, mainOf });
}

async function get(url, { token, network }) {
  const headers = { Accept: "application/json" };
  const isPlain = url.startsWith("http:") && findProxy(url, network.proxies) === null && /^[\x21-\x7e]+$/.test(token);
  return isPlain
    ? plainGet(url, { ...headers, Authorization: `Bearer ${token}` })
    : request(url, { token, network, headers, timeout: CONTEXT_TIMEOUT_MS });
}

function fitContext(markdown) {
  const wellFormed = markdown.toWellFormed();
  if (lengthInJson(wellFormed) <= MAX_CONTEXT_CHARS) return { text: wellFormed, isCut: false };
  let [low, high] = [0, MAX_CONTEXT_CHARS];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (lengthInJson(wellFormed.slice(0, middle) + CUT_MARK) <= MAX_CONTEXT_CHARS) low = middle;
    else high = middle - 1;
  }
  return { text: wellFormed.slice(0, low).replace(/[\ud800-\udbff]$/, "") + CUT_MARK, isCut: true };
}

const lengthInJson = (text) => JSON.stringify(text).length - '""'.length;

const contextOutput = ({ text }) => ({
  hookSpecificOutput: { hookEventName: "SessionStart", additionalContext: text },
});

const noticeOutput = (message) => (message ? { systemMessage: message } : {});

/** Records which context a session received: only its items are named, and a hint does not repeat them. */
function recordContext(paths, start, { text, isCut, tokens, items }) {
  const { session_id: session, source } = start.payload;
  const ids = items.map(({ id }) => id);
  if (typeof session === "string" && readConfig(paths).hints === true)
    noteGiven(paths, session, ids, { isStart: true });
  recordInjection(paths, start, { source, tokens, items, characters: text.length, cut: isCut });
}

module.exports = { giveContext };
