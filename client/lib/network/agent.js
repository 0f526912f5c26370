"use strict";
const http = require("node:http");
const { loadAuthorities, readEnvironment } = require("./network-settings.js");
const { findProxy } = require("./proxy.js");

const TUNNEL_TIMEOUT_MS = 10_000;

/**
 * An agent for requests to `address`, through the proxy that `network` names for it, if any (see network-settings.js).
 * Throws as `findProxy` does.
 */
function agentFor(address, network = readEnvironment(), { keepAlive = false, timeout = TUNNEL_TIMEOUT_MS } = {}) {
  const isSecure = address.startsWith("https:");
  const ca = loadAuthorities(network);
  const proxy = findProxy(address, network.proxies);
  const options = { keepAlive, ...(ca ? { ca } : {}) };
  // Loaded when it is used: a session's start waits for it.
  const { Agent } = isSecure ? require("node:https") : http;
  if (!proxy) return new Agent(isSecure ? options : { keepAlive });
  return Object.assign(new Agent(options), {
    createConnection: makeTunnelConnection(proxy, { isSecure, ca, timeout }),
  });
}

/**
 * Returns the `createConnection` of an agent: it connects to {host, port} through the proxy and passes the socket to
 * `callback`.
 */
function makeTunnelConnection(proxy, { isSecure, ca, timeout }) {
  return ({ host, port, servername }, callback) => {
    openTunnel(proxy, `${host.includes(":") ? `[${host}]` : host}:${port}`, { ca, timeout }, (error, socket) => {
      if (error || !isSecure) return callback(error, socket);
      return callback(null, require("node:tls").connect({ socket, servername: servername || host, ca }));
    });
  };
}

function openTunnel(proxy, target, { ca, timeout }, callback) {
  const { request } = proxy.protocol === "https:" ? require("node:https") : http;
  const headers = { Host: target, ...(proxy.authorization ? { "Proxy-Authorization": proxy.authorization } : {}) };
  const connecting = request({
    host: proxy.hostname,
    port: proxy.port,
    method: "CONNECT",
    path: target,
    headers,
    agent: false,
    ca,
    timeout,
  });
  connecting.on("connect", (answer, socket, head) => {
    if (answer.statusCode === 200) {
      if (head.length) socket.unshift(head);
      socket.setTimeout(0);
      return callback(null, socket);
    }
    socket.destroy();
    return callback(refusedError(answer.statusCode, proxy, target));
  });
  connecting.on("timeout", () =>
    connecting.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })),
  );
  connecting.on("error", (error) => callback(unreachableError(error, proxy)));
  connecting.end();
}

const describeProxy = ({ hostname, port }) => `the proxy ${hostname}:${port}`;

function refusedError(status, proxy, target) {
  const [message, remedy] =
    status === 407
      ? ["asks for a name and a password", "write them into HTTPS_PROXY: http://name:password@…"]
      : [`does not lead to ${target} (${status})`, "have it allowed there, or name the server in NO_PROXY"];
  return Object.assign(new Error(`${describeProxy(proxy)} ${message}`), { code: "EPROXY", remedy });
}

const unreachableError = (error, proxy) =>
  Object.assign(new Error(`${describeProxy(proxy)} can not be reached (${error.code ?? error.message})`), {
    code: "EPROXY",
    remedy: "check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or name the server in NO_PROXY",
  });

module.exports = { agentFor };
