"use strict";
const fs = require("node:fs");
const { readIfExists, readJson, writeCreatingFolder } = require("../files.js");
const { readProxies } = require("./proxy.js");

// The files in which systems store the certificate authorities that they trust.
const SYSTEM_AUTHORITIES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
const SYSTEM_CA_OPTION = /--use-(?:system|openssl)-ca\b/;

// A network is {proxies, authority, usesSystem}: how this machine reaches a server. `authority` is a file of
// certificates.

/** The network settings in the environment of this process. */
function readEnvironment(environment = process.env) {
  const usesSystem = SYSTEM_CA_OPTION.test([environment.NODE_OPTIONS ?? "", ...process.execArgv].join(" "));
  // The sh hook renames the variable of Node.
  const extra = environment.MEMFOG_CA_CERTS || environment.NODE_EXTRA_CA_CERTS;
  const authority = extra || (usesSystem && environment.SSL_CERT_FILE) || null;
  return { proxies: readProxies(environment), authority, usesSystem };
}

/** Saves how `connect` reached the server: a host that was not started from a shell lacks these variables. */
function saveNetwork(paths, { proxies, authority, usesSystem }) {
  const certificates = authority ? readIfReadable(authority) : null;
  if (Object.keys(proxies).length === 0 && certificates === null && !usesSystem) {
    for (const file of [paths.network, paths.authority]) fs.rmSync(file, { force: true });
    return;
  }
  // The file may be gone when it is needed, so it is copied.
  if (certificates !== null) writeCreatingFolder(paths.authority, certificates);
  writeCreatingFolder(
    paths.network,
    `${JSON.stringify({ proxies, authority: certificates === null ? null : authority, usesSystem })}\n`,
  );
}

/** Proxies from the environment win over those that `connect` saved; authorities are combined. */
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

/** The certificates of trusted authorities, for Node's TLS; undefined means Node's defaults. */
function loadAuthorities({ authority, usesSystem }) {
  const files = [authority ?? []].flat();
  const extra = [
    ...files.map(readIfReadable).filter((one) => one !== null),
    ...(usesSystem ? loadSystemAuthorities() : []),
  ];
  return extra.length ? [...require("node:tls").rootCertificates, ...extra] : undefined;
}

function loadSystemAuthorities() {
  // Available from Node 22.15 on.
  const tls = require("node:tls");
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
