"use strict";
const readline = require("node:readline");
const { readAuth } = require("../auth.js");
const { objectOf } = require("../request.js");
const { asTyped } = require("../typed.js");
const { exchange } = require("./exchange.js");

const PARSE_ERROR = -32_700;
const SERVER_ERROR = -32_000;
const NOT_CONNECTED = "Not connected: run memfog connect claude-code first";

/**
 * Speaks MCP on stdin and stdout for tools that can not speak HTTP, and passes each message to BASE/mcp. Resolves when
 * stdin ends and all is answered. What goes wrong is told as the answer to the message it befell.
 */
async function bridge(place, { input = process.stdin, output = process.stdout } = {}) {
  const session = { id: null, version: null, opening: null, begun: Promise.resolve() };
  const pending = new Set();
  for await (const line of readline.createInterface({ input, crlfDelay: Infinity })) {
    if (!line.trim()) continue;
    const done = pass(place, session, line, (text) => output.write(`${oneLine(text)}\n`));
    pending.add(done.finally(() => pending.delete(done)));
  }
  await Promise.all(pending);
  await leave(place, session);
}

/** On stdio a line is a message; within JSON a line break is but white space. */
const oneLine = (text) => text.replace(/[\r\n]+/g, " ");

async function pass(place, session, line, tell) {
  const message = parsed(line);
  if (message === null) return tell(failure(null, PARSE_ERROR, "this is not JSON"));
  try {
    if (message.method === "initialize") await (session.begun = begin(place, session, line, tell));
    else {
      // Nothing overtakes the greeting: the session it opens belongs to every later message.
      await session.begun.catch(() => {});
      await send(place, session, line, tell);
    }
  } catch (error) {
    if (message.id !== undefined && message.method !== undefined)
      tell(failure(message.id, SERVER_ERROR, asTyped(place, error.message)));
  }
  return undefined;
}

async function begin(place, session, line, tell) {
  Object.assign(session, { id: null, version: null, opening: line });
  const answer = await posted(place, session, line);
  for await (const text of answer.messages) {
    session.version = parsed(text)?.result?.protocolVersion ?? session.version;
    tell(text);
  }
  session.id = answer.headers["mcp-session-id"] ?? null;
}

async function send(place, session, line, tell) {
  let answer = await posted(place, session, line);
  if (answer.status === 404 && session.id && session.opening) {
    // The server has forgotten the session, as after a restart: it is opened anew, unseen by the tool.
    await begin(place, session, session.opening, () => {});
    await posted(place, session, JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
    answer = await posted(place, session, line);
  }
  if (answer.status === 404) throw new Error(await reasonOf(answer));
  for await (const text of answer.messages) tell(text);
}

/** The answer of the server; throws what should be told where it is no success. A 404 is for the caller to judge. */
async function posted(place, session, line) {
  const auth = readAuth(place);
  if (!auth) throw new Error(NOT_CONNECTED);
  const answer = await exchange(`${auth.url}/mcp`, line, headersOf(session, auth), auth.network).catch((error) => {
    throw new Error(`${auth.url} can not be reached (${error.code ?? error.message})`);
  });
  if (answer.status >= 300 && !(answer.status === 404 && session.id)) throw new Error(await reasonOf(answer));
  return answer;
}

function headersOf({ id, version }, { token }) {
  return {
    Authorization: `Bearer ${token}`,
    ...(id ? { "Mcp-Session-Id": id } : {}),
    ...(version ? { "MCP-Protocol-Version": version } : {}),
  };
}

async function reasonOf(answer) {
  const problem = objectOf({ text: await answer.text() });
  const detail = problem?.detail ?? problem?.title ?? problem?.error?.message;
  const remedy = {
    401: "run memfog connect claude-code with a new token",
    403: "this token can not read: connect without --capture-only",
  }[answer.status];
  return [`Memfog answered ${answer.status}`, detail, remedy].filter(Boolean).join(": ");
}

async function leave(place, session) {
  const auth = session.id && readAuth(place);
  if (auth) await exchange(`${auth.url}/mcp`, null, headersOf(session, auth), auth.network).catch(() => {});
}

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

const failure = (id, code, message) => JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } });

module.exports = { bridge };
