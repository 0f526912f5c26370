"use strict";

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const TOTAL_TIMEOUT_FACTOR = 10;
// A server closes a connection that was idle for some seconds, and a request may already be on its way.
const CLOSED = new Set(["ECONNRESET", "EPIPE"]);

/**
 * One HTTP exchange: {status, headers, text, bytes}, through `network` (see network-settings.js), or with an `agent`
 * for it. Redirects are never followed, since the token must not be sent to another host. A request on a connection
 * that the server had closed is sent again, once. Rejects with the socket's error; `code` is ETIMEDOUT after `timeout`
 * ms without traffic, or ten times that in total: a large body may take long on a slow link.
 */
async function request(url, options = {}) {
  try {
    return await exchange(url, options);
  } catch (error) {
    if (!error.wasIdle) throw error;
    return exchange(url, options);
  }
}

function exchange(url, { method = "GET", token, headers = {}, body, timeout = 10_000, network, agent }) {
  // Loaded when it is used: a session's start waits for it.
  const { request: send } = require(url.startsWith("https:") ? "node:https" : "node:http");
  let hasAnswer = false;
  return new Promise((resolve, reject) => {
    const usedAgent = agent ?? require("./agent.js").agentFor(url, network, { timeout });
    const outgoing = send(
      url,
      { method, agent: usedAgent, headers: { ...headers, ...authorizationHeader(token), ...lengthHeader(body) } },
      (incoming) => {
        hasAnswer = true;
        readBody(incoming)
          .then(
            (bytes) =>
              resolve({ status: incoming.statusCode, headers: incoming.headers, text: bytes.toString(), bytes }),
            reject,
          )
          .finally(() => clearTimeout(timer));
      },
    );
    const abort = () => outgoing.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" }));
    const timer = setTimeout(abort, timeout * TOTAL_TIMEOUT_FACTOR);
    outgoing.setTimeout(timeout, abort);
    outgoing.on("error", (error) => {
      clearTimeout(timer);
      reject(Object.assign(error, { wasIdle: outgoing.reusedSocket && !hasAnswer && CLOSED.has(error.code) }));
    });
    outgoing.end(body);
  });
}

const authorizationHeader = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

const lengthHeader = (body) => (body ? { "Content-Length": Buffer.byteLength(body) } : {});

async function readBody(incoming) {
  const chunks = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw Object.assign(new Error("the answer does not end"), { code: "EMSGSIZE" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The JSON object of an answer, or null: the page of a captive portal is none. */
function objectOf(answer) {
  try {
    const value = JSON.parse(answer.text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

module.exports = { request, objectOf };
