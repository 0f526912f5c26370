"use strict";
const http = require("node:http");
const { randomUUID } = require("node:crypto");

/**
 * A loopback server of MCP's streamable HTTP. It answers a call with the call's own params, as JSON or, on request, as
 * a stream of events. `seen` holds all requests; `forget()` ends all sessions; `refuse` is a status to answer instead.
 */
async function startMcpServer() {
  const server = {
    seen: [],
    sessions: new Set(),
    token: "mfg_alice",
    refuse: null,
    forget: () => server.sessions.clear(),
  };
  const listener = http.createServer(async (incoming, outgoing) => {
    let text = "";
    for await (const part of incoming.setEncoding("utf8")) text += part;
    server.seen.push({ method: incoming.method, url: incoming.url, headers: incoming.headers, text });
    answer(server, incoming, text, outgoing);
  });
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  server.url = `http://127.0.0.1:${listener.address().port}`;
  server.stop = () =>
    new Promise((resolve) => {
      listener.close(resolve);
      listener.closeAllConnections();
    });
  return server;
}

const ALICE = {
  id: "a11ce000-0000-4000-8000-000000000000",
  email: "alice@example.org",
  display_name: null,
  email_verified: true,
};

function answer(server, incoming, text, outgoing) {
  if (incoming.url === "/me") return reply(outgoing, 200, ALICE);
  if (server.refuse)
    return reply(outgoing, server.refuse, { title: "No", detail: "not this one", status: server.refuse });
  if (incoming.headers.authorization !== `Bearer ${server.token}`)
    return reply(outgoing, 401, { detail: "unknown token" });
  const session = incoming.headers["mcp-session-id"];
  if (incoming.method === "DELETE") return outgoing.writeHead(server.sessions.delete(session) ? 204 : 404).end();
  const message = JSON.parse(text);
  if (message.method === "initialize")
    return reply(
      outgoing,
      200,
      { jsonrpc: "2.0", id: message.id, result: { protocolVersion: "2025-06-18", capabilities: {} } },
      { "Mcp-Session-Id": begin(server) },
    );
  if (!server.sessions.has(session)) return reply(outgoing, 404, { detail: "no such session" });
  if (message.id === undefined) return outgoing.writeHead(202).end();
  const result = { jsonrpc: "2.0", id: message.id, result: message.params };
  return message.params?.stream ? stream(outgoing, result) : reply(outgoing, 200, result);
}

function begin(server) {
  const session = randomUUID();
  server.sessions.add(session);
  return session;
}

function stream(outgoing, result) {
  outgoing.writeHead(200, { "Content-Type": "text/event-stream" });
  const progress = { jsonrpc: "2.0", method: "notifications/progress", params: { progress: 1 } };
  const text = JSON.stringify(result);
  outgoing.write(`: hello\n\nevent: message\ndata: ${JSON.stringify(progress)}\n\n`);
  outgoing.write(`id: 2\r\ndata: ${text.slice(0, 20)}`);
  setTimeout(() => outgoing.end(`${text.slice(20)}\r\n\r\n`), 20);
}

function reply(outgoing, status, body, headers = {}) {
  outgoing.writeHead(status, { "Content-Type": "application/json", ...headers });
  outgoing.end(JSON.stringify(body, null, 2));
}

module.exports = { startMcpServer };
