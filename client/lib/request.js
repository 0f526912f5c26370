"use strict";
const http = require("node:http");
const https = require("node:https");
const { agentFor } = require("./network/agent.js");

const LONGEST_ANSWER = 8 * 1024 * 1024;
const TIMEOUTS_IN_ALL = 10;

/**
 * One HTTP exchange: {status, headers, text, bytes}, by way of `network` (see network/keep.js), or an `agent` that has
 * it. Redirects are never followed, since the token must not leave for another host. Rejects with the socket's error;
 * `code` is ETIMEDOUT after `timeout` ms in which nothing moved, or ten times that in all: on a slow link a large body
 * may take its time.
 */
function request(url, { method = "GET", token, headers = {}, body, timeout = 10_000, network, agent } = {}) {
  const { request: open } = url.startsWith("https:") ? https : http;
  return new Promise((resolve, reject) => {
    const way = agent ?? agentFor(url, network, { timeout });
    const outgoing = open(
      url,
      { method, agent: way, headers: { ...headers, ...authorization(token), ...length(body) } },
      (incoming) => {
        collect(incoming)
          .then(
            (bytes) =>
              resolve({ status: incoming.statusCode, headers: incoming.headers, text: bytes.toString(), bytes }),
            reject,
          )
          .finally(() => clearTimeout(timer));
      },
    );
    const giveUp = () => outgoing.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" }));
    const timer = setTimeout(giveUp, timeout * TIMEOUTS_IN_ALL);
    outgoing.setTimeout(timeout, giveUp);
    outgoing.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.end(body);
  });
}

const authorization = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

const length = (body) => (body ? { "Content-Length": Buffer.byteLength(body) } : {});

async function collect(incoming) {
  const chunks = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size > LONGEST_ANSWER) throw Object.assign(new Error("the answer does not end"), { code: "EMSGSIZE" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The JSON object an answer holds, or null: a captive portal's page is none. */
function objectOf(answer) {
  try {
    const value = JSON.parse(answer.text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

module.exports = { request, objectOf };
