"use strict";
const fs = require("node:fs");
const tls = require("node:tls");
const { readIfExists, readJson, writeCreatingFolder } = require("../files.js");
const { readProxies } = require("./proxy.js");

// Where systems keep the authorities that they trust.
const SYSTEM_AUTHORITIES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
const SYSTEM_CA_OPTION = /--use-(?:system|openssl)-ca\b/;

// A network is {proxies, authority, usesSystem}: what stands between this machine and a server. `authority` is a file.

/** What the environment of this process says. */
function readEnvironment(environment = process.env) {
  const usesSystem = SYSTEM_CA_OPTION.test([environment.NODE_OPTIONS ?? "", ...process.execArgv].join(" "));
  const authority = environment.NODE_EXTRA_CA_CERTS || (usesSystem && environment.SSL_CERT_FILE) || null;
  return { proxies: readProxies(environment), authority, usesSystem };
}

/** Keeps what `connect` needed to reach the server: a host that was not started in a shell has no such variables. */
function saveNetwork(paths, { proxies, authority, usesSystem }) {
  const certificates = authority ? readIfReadable(authority) : null;
  if (Object.keys(proxies).length === 0 && certificates === null && !usesSystem) {
    for (const file of [paths.network, paths.authority]) fs.rmSync(file, { force: true });
    return;
  }
  // The file may be gone when it is needed: there is a copy.
  if (certificates !== null) writeCreatingFolder(paths.authority, certificates);
  writeCreatingFolder(
    paths.network,
    `${JSON.stringify({ proxies, authority: certificates === null ? null : authority, usesSystem })}\n`,
  );
}

/**
 * What the environment says about proxies counts where it says anything, else what `connect` kept; authorities add up.
 */
function loadNetwork(paths, environment = process.env) {
  const current = readEnvironment(environment);
  const saved = readJson(paths.network);
  if (!saved) return current;
  const authority = saved.authority && readIfReadable(saved.authority) === null ? paths.authority : saved.authority;
  return {
    proxies: Object.keys(current.proxies).length ? current.proxies : (saved.proxies ?? {}),
    authority: [current.authority, authority].filter(Boolean),
    usesSystem: current.usesSystem || saved.usesSystem === true,
  };
}

/** The certificates of the authorities to trust, as Node's TLS wants them; undefined: those it knows itself. */
function loadAuthorities({ authority, usesSystem }) {
  const files = [authority ?? []].flat();
  const extra = [
    ...files.map(readIfReadable).filter((one) => one !== null),
    ...(usesSystem ? loadSystemAuthorities() : []),
  ];
  return extra.length ? [...tls.rootCertificates, ...extra] : undefined;
}

function loadSystemAuthorities() {
  // From Node 22.15 on.
  if (typeof tls.getCACertificates === "function") return tls.getCACertificates("system");
  return SYSTEM_AUTHORITIES.map(readIfReadable)
    .filter((one) => one !== null)
    .slice(0, 1);
}

function readIfReadable(file) {
  try {
    return readIfExists(file);
  } catch {
    return null;
  }
}

module.exports = { readEnvironment, saveNetwork, loadNetwork, loadAuthorities };
