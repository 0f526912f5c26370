"use strict";
const fs = require("node:fs");
const { makePrivateFolder, readJson, writeAtomically } = require("../files.js");
const { loadNetwork } = require("../network/network-settings.js");
const { UserError } = require("../user-error.js");

const DEFAULT_SERVER = "https://app.memfog.com";

/**
 * {url, token} from auth.json with the `network` that leads to the server, or null if the file is missing or unusable.
 */
function readAuth(paths) {
  const { url, token } = readJson(paths.auth) ?? {};
  return typeof url === "string" && URL.canParse(url) && typeof token === "string"
    ? { url, token, network: loadNetwork(paths) }
    : null;
}

/** Refuses to guess the server if auth.json is there but does not say which one is in use. */
function refuseUnknownServer(paths) {
  if (!fs.lstatSync(paths.auth, { throwIfNoEntry: false }) || readAuth(paths)) return;
  throw new UserError(`${paths.auth} does not say which server is in use; name that server with --api URL`);
}

function writeAuth(paths, { url, token }) {
  makePrivateFolder(paths.home);
  writeAtomically(paths.auth, `${JSON.stringify({ url, token })}\n`);
}

/** A server that serves this package writes its own address into package.json as `memfog.api`. */
const packagedServer = (manifest) => manifest.memfog?.api || null;
const defaultServer = (manifest) => packagedServer(manifest) || DEFAULT_SERVER;

function parseServerUrl(address) {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || !["http:", "https:"].includes(url.protocol) || url.username || url.password || url.search || url.hash)
    // The text before an @ may be a password.
    throw new UserError(
      `"${address.replace(/[^/]*@/, "…@")}" is not a server address; write it like https://app.memfog.com`,
    );
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** The given token, else the one that this machine already uses with that server, else null. */
function parseToken(text, server, saved) {
  const trimmed = text?.trim() || (saved?.url === server ? saved.token : "");
  if (!trimmed) return null;
  if (!/^[\x21-\x7e]+$/.test(trimmed))
    throw new UserError(`That is not an API token. Copy it again from the dashboard at ${server}; it starts with mfg_`);
  return trimmed;
}

module.exports = {
  readAuth,
  refuseUnknownServer,
  writeAuth,
  packagedServer,
  defaultServer,
  parseServerUrl,
  parseToken,
};
