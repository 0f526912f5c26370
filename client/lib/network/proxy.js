"use strict";
const net = require("node:net");
const { isLoopback } = require("./loopback.js");

const NAMES = ["https_proxy", "http_proxy", "all_proxy", "no_proxy"];
const REMEDY = "write it like http://proxy.example:3128, or name the server in NO_PROXY";

/** The proxies in an environment, as {https_proxy, http_proxy, all_proxy, no_proxy}: lower case wins, as with curl. */
function readProxies(environment) {
  const values = NAMES.map((name) => [name, (environment[name] || environment[name.toUpperCase()])?.trim()]);
  return Object.fromEntries(values.filter(([, value]) => value));
}

/**
 * The proxy for a URL as {protocol, hostname, port, authorization}, or null. Requests to this machine never use a
 * proxy. Throws an error with a `remedy` if the proxy is unusable; its message has no credentials.
 */
function findProxy(address, proxies) {
  const url = new URL(address);
  const name = [url.protocol === "https:" ? "https_proxy" : "http_proxy", "all_proxy"].find((key) => proxies[key]);
  if (!name || isLoopback(url.hostname) || isExempt(url, proxies.no_proxy ?? "")) return null;
  return parseProxy(proxies[name], name.toUpperCase());
}

function parseProxy(text, name) {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const proxy = URL.canParse(address) ? new URL(address) : null;
  if (!proxy?.hostname) throw unusableError(`${name} holds no address of a proxy`, REMEDY);
  if (/^socks/.test(proxy.protocol))
    throw unusableError(
      `${name} names a SOCKS proxy, which Memfog does not speak to`,
      "name one of http:// or https://, or the server in NO_PROXY",
    );
  if (!["http:", "https:"].includes(proxy.protocol))
    throw unusableError(`${name} names a proxy of the kind ${proxy.protocol}//, which Memfog does not know`, REMEDY);
  const port = Number(proxy.port || (proxy.protocol === "https:" ? 443 : 80));
  return {
    protocol: proxy.protocol,
    hostname: proxy.hostname.replace(/^\[|\]$/g, ""),
    port,
    authorization: makeAuthorization(proxy),
  };
}

const unusableError = (message, remedy) => Object.assign(new Error(message), { code: "EPROXY", remedy });

function makeAuthorization({ username, password }) {
  if (!username && !password) return null;
  return `Basic ${Buffer.from(`${decodePart(username)}:${decodePart(password)}`).toString("base64")}`;
}

/** A percent sign that starts no escape is literal. */
function decodePart(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * NO_PROXY lists domains including their subdomains, `*`, addresses, and networks such as 10.0.0.0/8; each may have a
 * port.
 */
function isExempt(url, list) {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => matchesEntry(entry, host, port));
}

function matchesEntry(entry, host, port) {
  if (entry === "*") return true;
  if (entry.includes("/")) return isInNetwork(entry, host);
  const [, name, wantedPort] = net.isIPv6(entry) ? [null, entry] : /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry);
  const domain = name.replace(/^\*?\./, "");
  return (!wantedPort || wantedPort === port) && domain !== "" && (host === domain || host.endsWith(`.${domain}`));
}

function isInNetwork(entry, host) {
  const [address, bits] = entry.split("/");
  const family = net.isIP(address);
  if (!family || net.isIP(host) !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return false;
  const networks = new net.BlockList();
  networks.addSubnet(address, Number(bits), `ipv${family}`);
  return networks.check(host, `ipv${family}`);
}

module.exports = { readProxies, findProxy };
