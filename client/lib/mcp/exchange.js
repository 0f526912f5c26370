"use strict";
const http = require("node:http");
const https = require("node:https");
const { agentFor } = require("../network/agent.js");

const IDLE_TIMEOUT_MS = 120_000;
const MAX_MESSAGE_CHARS = 64 * 1024 * 1024;

/**
 * Posts one message to an MCP server over streamable HTTP: {status, headers, messages, text}. `messages` yields the
 * messages of the answer as they arrive, from an event stream or one JSON body; `text` is read if the status is an
 * error.
 */
function exchange(url, body, headers, network) {
  const { request } = url.startsWith("https:") ? https : http;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        agent: agentFor(url, network),
        method: body === null ? "DELETE" : "POST",
        timeout: IDLE_TIMEOUT_MS,
        headers: {
          ...headers,
          Accept: "application/json, text/event-stream",
          ...(body === null ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }),
        },
      },
      (incoming) => {
        const { statusCode: status, headers: responseHeaders } = incoming;
        incoming.setEncoding("utf8");
        const isStream = /^text\/event-stream\b/i.test(responseHeaders["content-type"] ?? "");
        resolve({
          status,
          headers: responseHeaders,
          messages: isStream ? readEvents(incoming) : readBody(incoming),
          text: () => readText(incoming),
        });
      },
    );
    outgoing.on("timeout", () =>
      outgoing.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })),
    );
    outgoing.on("error", reject);
    outgoing.end(body ?? undefined);
  });
}

async function readText(incoming) {
  let text = "";
  for await (const chunk of incoming) {
    text += chunk;
    if (text.length > MAX_MESSAGE_CHARS) throw new Error("the answer does not end");
  }
  return text;
}

async function* readBody(incoming) {
  const text = await readText(incoming);
  if (text.trim()) yield text;
}

/** The data of server-sent events, as in the HTML standard. */
async function* readEvents(incoming) {
  let buffer = "";
  for await (const chunk of incoming) {
    buffer += chunk;
    if (buffer.length > MAX_MESSAGE_CHARS) throw new Error("the answer does not end");
    for (let end; (end = /\r?\n\r?\n/.exec(buffer)); buffer = buffer.slice(end.index + end[0].length))
      yield* readData(buffer.slice(0, end.index));
  }
}

function* readData(event) {
  const data = event
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice("data:".length).replace(/^ /, ""));
  if (data.length) yield data.join("\n");
}

module.exports = { exchange };
