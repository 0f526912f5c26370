"use strict";
const http = require("node:http");
const zlib = require("node:zlib");

const ALICE = {
  id: "a11ce000-0000-4000-8000-000000000000",
  email: "alice@example.org",
  display_name: null,
  email_verified: true,
};

/**
 * A loopback server of the contract: /me, and /ingest that counts duplicates by id. `/api/context` returns `context`,
 * and records its requests in `asked`; `/api/hints` returns `hints`, if there are any, and records its requests in
 * `hinted`. `next` holds answers to give instead, one per request: {status, headers, body}, a function of the events,
 * "cut" or "hang".
 */
async function startServer() {
  const server = {
    events: new Map(),
    requests: [],
    next: [],
    token: "mfg_alice",
    user: ALICE,
    client: null,
    busiest: 0,
    now: 0,
    device: null,
    logins: [],
    expires: 600,
    asked: [],
    memory: [],
    context: { markdown: "", tokens: 0, items: [] },
  };
  server.handle = (incoming, outgoing) => {
    server.now += 1;
    server.busiest = Math.max(server.busiest, server.now);
    outgoing.on("close", () => {
      server.now -= 1;
    });
    bodyOf(incoming).then((body) => answer(server, incoming, body, outgoing));
  };
  const listener = http.createServer(server.handle);
  server.hooks = () => [...server.events.values()].map((event) => event.kind.data.hook);
  return listen(server, listener);
}

/** Gives a server the `url` on which its listener listens now, and `stop()`. */
async function listen(server, listener) {
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  server.url = `http://127.0.0.1:${listener.address().port}`;
  server.stop = () =>
    new Promise((resolve) => {
      listener.close(resolve);
      listener.closeAllConnections();
    });
  return server;
}

async function bodyOf(incoming) {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const sent = Buffer.concat(chunks);
  return { sent, text: (incoming.headers["content-encoding"] === "gzip" ? zlib.gunzipSync(sent) : sent).toString() };
}

function answer(server, incoming, { sent, text }, outgoing) {
  const authorized = incoming.headers.authorization === `Bearer ${server.token}`;
  if (incoming.url === "/healthz") return reply(outgoing, { status: 200, body: server.health ?? "ok" });
  if (incoming.url.startsWith("/memfog.")) return client(server, incoming.url, outgoing);
  if (incoming.url === "/me")
    return reply(outgoing, {
      ...(authorized ? { status: 200, body: server.user } : UNKNOWN),
      headers: server.date ? { Date: server.date } : {},
    });
  if (incoming.url.startsWith("/api/context?")) return context(server, incoming, authorized, outgoing);
  if (incoming.url.startsWith("/api/hints?") && server.hints) return hints(server, incoming, authorized, outgoing);
  if (/^\/api\/(search|observations)\?/.test(incoming.url))
    return reply(
      outgoing,
      authorized ? (server.next.shift() ?? remembered(server, new URL(incoming.url, server.url))) : UNKNOWN,
    );
  if (incoming.url.startsWith("/auth/device")) return device(server, incoming.url, JSON.parse(text), outgoing);
  if (incoming.method === "GET") return reply(outgoing, { status: 404, body: { code: "not_found" } });
  const { events } = JSON.parse(text);
  server.requests.push({ headers: incoming.headers, size: sent.length, text, events, url: incoming.url });
  const scripted = server.next.shift();
  if (typeof scripted === "function")
    return reply(
      outgoing,
      scripted(events, (some) => store(server, some)),
    );
  return reply(outgoing, scripted ?? (authorized ? { status: 200, body: store(server, events) } : UNKNOWN));
}

/** Serves the client: `server.client` holds {version, build, sha256, body}, or null if there is none. */
function client({ client: one }, url, outgoing) {
  if (!one) return reply(outgoing, { status: 404, body: { code: "not_found" } });
  const { body, ...about } = one;
  if (url === "/memfog.json") return reply(outgoing, { status: 200, body: about });
  outgoing.writeHead(200, { "Content-Type": "application/gzip" });
  return outgoing.end(body);
}

/**
 * Answers as the contract says: Markdown, or on request a JSON object. `server.context` holds the object, or a function
 * of the outgoing answer.
 */
function context(server, incoming, authorized, outgoing) {
  server.asked.push({
    query: Object.fromEntries(new URL(incoming.url, server.url).searchParams),
    headers: incoming.headers,
  });
  if (typeof server.context === "function") return server.context(outgoing);
  if (!authorized) return reply(outgoing, UNKNOWN);
  const isJson = incoming.headers.accept === "application/json";
  return reply(outgoing, { status: 200, body: isJson ? server.context : server.context.markdown });
}

function hints(server, incoming, authorized, outgoing) {
  server.hinted ??= [];
  server.hinted.push(Object.fromEntries(new URL(incoming.url, server.url).searchParams));
  return reply(outgoing, authorized ? { status: 200, body: server.hints } : UNKNOWN);
}

/** `server.memory` lists observations; a page of search results has the requested length. */
function remembered(server, { pathname, searchParams: asked }) {
  const ids = (asked.get("ids") ?? "").split(",").map(Number);
  if (pathname === "/api/observations")
    return { status: 200, body: { observations: server.memory.filter((one) => ids.includes(one.id)) } };
  const start = Number(asked.get("cursor") ?? 0);
  const end = start + Number(asked.get("limit"));
  return {
    status: 200,
    body: { hits: server.memory.slice(start, end), next_cursor: end < server.memory.length ? String(end) : null },
  };
}

/**
 * Device login: `server.device` lists the codes that answer polls before the token; null if the server has no device
 * login.
 */
function device(server, path, body, outgoing) {
  if (server.device === null) return reply(outgoing, { status: 404, body: { code: "not_found" } });
  server.logins.push({ path, body });
  const page = `${server.url}/device`;
  if (path === "/auth/device")
    return reply(outgoing, {
      status: 200,
      body: {
        device_code: "d-1",
        user_code: "BCDF-GHJK",
        verification_uri: page,
        verification_uri_complete: `${page}?user_code=BCDF-GHJK`,
        expires_in: server.expires,
        interval: 0.02,
      },
    });
  const code = server.device.shift();
  if (code === "cut") return outgoing.destroy();
  return code
    ? reply(outgoing, { status: 400, body: { code } })
    : reply(outgoing, { status: 200, body: { token: server.token, scopes: ["full"] } });
}

const UNKNOWN = { status: 401, body: { code: "invalid_token", status: 401 } };

function store(server, events) {
  const fresh = events.filter((event) => !server.events.has(event.id));
  for (const event of fresh) server.events.set(event.id, event);
  const duplicates = events.length - fresh.length;
  return { accepted: fresh.length, ...(duplicates ? { duplicates } : {}) };
}

function reply(outgoing, answer) {
  if (answer === "cut") outgoing.destroy();
  else if (answer !== "hang") write(outgoing, answer);
}

function write(outgoing, { status, headers = {}, body = {} }) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  outgoing.writeHead(status, {
    "Content-Type": typeof body === "string" ? "text/html" : "application/json",
    ...headers,
  });
  outgoing.end(text);
}

module.exports = { ALICE, bodyOf, listen, startServer };
