"use strict";
const fs = require("node:fs");
const tls = require("node:tls");
const { readIfThere, readJson, writeInFolder } = require("../files.js");
const { proxiesIn } = require("./proxy.js");

// Where systems keep the authorities that they trust.
const SYSTEM_AUTHORITIES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
const ASKS_THE_SYSTEM = /--use-(?:system|openssl)-ca\b/;

// A network is {proxies, authority, usesSystem}: what stands between this machine and a server. `authority` is a file.

/** What the environment of this process says. */
function networkIn(environment = process.env) {
  const usesSystem = ASKS_THE_SYSTEM.test([environment.NODE_OPTIONS ?? "", ...process.execArgv].join(" "));
  const authority = environment.NODE_EXTRA_CA_CERTS || (usesSystem && environment.SSL_CERT_FILE) || null;
  return { proxies: proxiesIn(environment), authority, usesSystem };
}

/** Keeps what `connect` needed to reach the server: a host that was not started in a shell has no such variables. */
function keepNetwork(place, { proxies, authority, usesSystem }) {
  const certificates = authority ? readable(authority) : null;
  if (Object.keys(proxies).length === 0 && certificates === null && !usesSystem) {
    for (const file of [place.network, place.authority]) fs.rmSync(file, { force: true });
    return;
  }
  // The file may be gone when it is needed: there is a copy.
  if (certificates !== null) writeInFolder(place.authority, certificates);
  writeInFolder(
    place.network,
    `${JSON.stringify({ proxies, authority: certificates === null ? null : authority, usesSystem })}\n`,
  );
}

/**
 * What the environment says about proxies counts where it says anything, else what `connect` kept; authorities add up.
 */
function networkOf(place, environment = process.env) {
  const here = networkIn(environment);
  const kept = readJson(place.network);
  if (!kept) return here;
  const authority = kept.authority && readable(kept.authority) === null ? place.authority : kept.authority;
  return {
    proxies: Object.keys(here.proxies).length ? here.proxies : (kept.proxies ?? {}),
    authority: [here.authority, authority].filter(Boolean),
    usesSystem: here.usesSystem || kept.usesSystem === true,
  };
}

/** The certificates of the authorities to trust, as Node's TLS wants them; undefined: those it knows itself. */
function authoritiesOf({ authority, usesSystem }) {
  const files = [authority ?? []].flat();
  const extra = [...files.map(readable).filter((one) => one !== null), ...(usesSystem ? systemAuthorities() : [])];
  return extra.length ? [...tls.rootCertificates, ...extra] : undefined;
}

function systemAuthorities() {
  // From Node 22.15 on.
  if (typeof tls.getCACertificates === "function") return tls.getCACertificates("system");
  return SYSTEM_AUTHORITIES.map(readable)
    .filter((one) => one !== null)
    .slice(0, 1);
}

function readable(file) {
  try {
    return readIfThere(file);
  } catch {
    return null;
  }
}

module.exports = { networkIn, keepNetwork, networkOf, authoritiesOf };
