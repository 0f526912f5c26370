"use strict";
const net = require("node:net");

/** Whether a host name means this machine. */
function isLoopback(hostname) {
  const host = hostname
    .replace(/^\[|\]$/g, "")
    .toLowerCase()
    .replace(/\.$/, "");
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "::1" ||
    (net.isIPv4(host) && host.startsWith("127."))
  );
}

/** One form of a server's address for comparison: this machine has many names for itself. */
function sameServer(address) {
  const url = new URL(address);
  if (!isLoopback(url.hostname)) return address;
  const port = url.port || (url.protocol === "https:" ? 443 : 80);
  return `${url.protocol}//127.0.0.1:${port}${url.pathname.replace(/\/+$/, "")}`;
}

module.exports = { isLoopback, sameServer };
