"use strict";
const readline = require("node:readline");
const { readAuth } = require("../account/auth.js");
const { formatCommands } = require("../command-text.js");
const { objectOf } = require("../network/request.js");
const { exchange } = require("./exchange.js");
const { addWhyTool, answerWhyCall, isWhyCall } = require("./why-tool.js");

const PARSE_ERROR = -32_700;
const SERVER_ERROR = -32_000;
const NOT_CONNECTED = "Not connected: run memfog connect claude-code first";

/**
 * Speaks MCP on stdin and stdout for tools that can not speak HTTP, and forwards each message to BASE/mcp, except calls
 * of the tool `why`, which compares lines on this machine. Resolves when stdin has ended and every message is answered.
 * An error becomes the answer to its message.
 */
async function bridge(paths, { input = process.stdin, output = process.stdout } = {}) {
  const session = { id: null, version: null, initializeLine: null, initialized: Promise.resolve() };
  const pending = new Set();
  for await (const line of readline.createInterface({ input, crlfDelay: Infinity })) {
    if (!line.trim()) continue;
    const forwarding = forwardLine(paths, session, line, (text) => output.write(`${joinLines(text)}\n`));
    pending.add(forwarding.finally(() => pending.delete(forwarding)));
  }
  await Promise.all(pending);
  await closeSession(paths, session);
}

/** On stdio each line is a message; in JSON a line break is white space. */
const joinLines = (text) => text.replace(/[\r\n]+/g, " ");

async function forwardLine(paths, session, line, reply) {
  const message = parseMessage(line);
  if (message === null) return reply(makeError(null, PARSE_ERROR, "this is not JSON"));
  try {
    if (message.method === "initialize") await (session.initialized = initialize(paths, session, line, reply));
    else {
      // Every later message waits for `initialize`, because it belongs to the session that it opens.
      await session.initialized.catch(() => {});
      if (isWhyCall(message)) reply(await answerWhyCall(message));
      else await forward(paths, session, line, (text) => reply(addWhyTool(message, text)));
    }
  } catch (error) {
    if (message.id !== undefined && message.method !== undefined)
      reply(makeError(message.id, SERVER_ERROR, formatCommands(paths, error.message)));
  }
  return undefined;
}

async function initialize(paths, session, line, reply) {
  Object.assign(session, { id: null, version: null, initializeLine: line });
  const answer = await postLine(paths, session, line);
  for await (const text of answer.messages) {
    session.version = parseMessage(text)?.result?.protocolVersion ?? session.version;
    reply(text);
  }
  session.id = answer.headers["mcp-session-id"] ?? null;
}

async function forward(paths, session, line, reply) {
  let answer = await postLine(paths, session, line);
  if (answer.status === 404 && session.id && session.initializeLine) {
    // The server has lost the session, for example by a restart: open it again without the tool noticing.
    await initialize(paths, session, session.initializeLine, () => {});
    await postLine(paths, session, JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
    answer = await postLine(paths, session, line);
  }
  if (answer.status === 404) throw new Error(await describeRefusal(answer));
  for await (const text of answer.messages) reply(text);
}

/**
 * Posts a line and returns the answer; throws an error with the message for the tool if it fails. The caller handles
 * 404.
 */
async function postLine(paths, session, line) {
  const auth = readAuth(paths);
  if (!auth) throw new Error(NOT_CONNECTED);
  const answer = await exchange(`${auth.url}/mcp`, line, makeHeaders(session, auth), auth.network).catch((error) => {
    throw new Error(`${auth.url} can not be reached (${error.code ?? error.message})`);
  });
  if (answer.status >= 300 && !(answer.status === 404 && session.id)) throw new Error(await describeRefusal(answer));
  return answer;
}

function makeHeaders({ id, version }, { token }) {
  return {
    Authorization: `Bearer ${token}`,
    ...(id ? { "Mcp-Session-Id": id } : {}),
    ...(version ? { "MCP-Protocol-Version": version } : {}),
  };
}

async function describeRefusal(answer) {
  const problem = objectOf({ text: await answer.text() });
  const detail = problem?.detail ?? problem?.title ?? problem?.error?.message;
  const remedy = {
    401: "run memfog connect claude-code with a new token",
    403: "this token can not read: connect without --capture-only",
  }[answer.status];
  return [`Memfog answered ${answer.status}`, detail, remedy].filter(Boolean).join(": ");
}

async function closeSession(paths, session) {
  const auth = session.id && readAuth(paths);
  if (auth) await exchange(`${auth.url}/mcp`, null, makeHeaders(session, auth), auth.network).catch(() => {});
}

function parseMessage(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

const makeError = (id, code, message) => JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } });

module.exports = { bridge };
