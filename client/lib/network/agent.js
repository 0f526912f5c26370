"use strict";
const http = require("node:http");
const https = require("node:https");
const tls = require("node:tls");
const { authoritiesOf, networkIn } = require("./keep.js");
const { proxyFor } = require("./proxy.js");

const TUNNEL_WITHIN_MS = 10_000;

/**
 * An agent for requests to `address`, by way of the proxy that `network` names for it, if any; see keep.js. Throws as
 * `proxyFor` does.
 */
function agentFor(address, network = networkIn(), { keepAlive = false, timeout = TUNNEL_WITHIN_MS } = {}) {
  const isSecure = address.startsWith("https:");
  const ca = authoritiesOf(network);
  const proxy = proxyFor(address, network.proxies);
  const options = { keepAlive, ...(ca ? { ca } : {}) };
  if (!proxy) return isSecure ? new https.Agent(options) : new http.Agent({ keepAlive });
  const Kind = isSecure ? https.Agent : http.Agent;
  return Object.assign(new Kind(options), { createConnection: tunnelled(proxy, { isSecure, ca, timeout }) });
}

/** What an agent calls for a new connection to {host, port}: a socket beyond the proxy is given to `done`. */
function tunnelled(proxy, { isSecure, ca, timeout }) {
  return ({ host, port, servername }, done) => {
    tunnel(proxy, `${host.includes(":") ? `[${host}]` : host}:${port}`, { ca, timeout }, (error, socket) => {
      if (error || !isSecure) return done(error, socket);
      return done(null, tls.connect({ socket, servername: servername || host, ca }));
    });
  };
}

function tunnel(proxy, target, { ca, timeout }, done) {
  const { request } = proxy.protocol === "https:" ? https : http;
  const headers = { Host: target, ...(proxy.authorization ? { "Proxy-Authorization": proxy.authorization } : {}) };
  const asking = request({
    host: proxy.hostname,
    port: proxy.port,
    method: "CONNECT",
    path: target,
    headers,
    agent: false,
    ca,
    timeout,
  });
  asking.on("connect", (answer, socket, head) => {
    if (answer.statusCode === 200) {
      if (head.length) socket.unshift(head);
      socket.setTimeout(0);
      return done(null, socket);
    }
    socket.destroy();
    return done(refused(answer.statusCode, proxy, target));
  });
  asking.on("timeout", () => asking.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })));
  asking.on("error", (error) => done(unreachable(error, proxy)));
  asking.end();
}

const nameOf = ({ hostname, port }) => `the proxy ${hostname}:${port}`;

function refused(status, proxy, target) {
  const [says, remedy] =
    status === 407
      ? ["asks for a name and a password", "write them into HTTPS_PROXY: http://name:password@…"]
      : [`does not lead to ${target} (${status})`, "have it allowed there, or name the server in NO_PROXY"];
  return Object.assign(new Error(`${nameOf(proxy)} ${says}`), { code: "EPROXY", remedy });
}

const unreachable = (error, proxy) =>
  Object.assign(new Error(`${nameOf(proxy)} can not be reached (${error.code ?? error.message})`), {
    code: "EPROXY",
    remedy: "check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or name the server in NO_PROXY",
  });

module.exports = { agentFor };
