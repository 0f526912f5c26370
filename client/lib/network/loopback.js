"use strict";
const net = require("node:net");

/** Whether a name of a host means this very machine. */
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

/** An address by which a server can be known again: this machine has many names for itself. */
function sameServer(address) {
  const url = new URL(address);
  return isLoopback(url.hostname)
    ? `${url.protocol}//127.0.0.1:${url.port || (url.protocol === "https:" ? 443 : 80)}${url.pathname.replace(/\/+$/, "")}`
    : address;
}

module.exports = { isLoopback, sameServer };
