"use strict";
const { lookup } = require("node:dns/promises");
const os = require("node:os");
const path = require("node:path");
const { readJson } = require("./files.js");
const { isLoopback, sameServer } = require("./network/loopback.js");
const { request } = require("./request.js");

const ANSWER_TIMEOUT_MS = 5_000;

/**
 * The Memfog of this user that runs on this machine as {url, token}, or null. It tells both in its data directory, in a
 * file for its owner alone; `token` is null where the server has no account of its own making.
 */
async function findLocalServer(environment = process.env) {
  const { url, token } = readJson(path.join(dataFolder(environment), "server.json")) ?? {};
  if (typeof url !== "string" || !isLocal(url)) return null;
  return (await isMemfog(url)) ? { url, token: typeof token === "string" ? token : null } : null;
}

/** Whether what is sent to this address stays on this machine. */
const isLocal = (url) => URL.canParse(url) && new URL(url).protocol === "http:" && isLoopback(new URL(url).hostname);

/** Whether an address leads to this machine's own server: by any of its names for itself, at the same port. */
async function isSameServer(ownUrl, url) {
  if (sameServer(ownUrl) === sameServer(url)) return true;
  const [a, b] = [new URL(ownUrl), new URL(url)];
  if (a.protocol !== b.protocol || portOf(a) !== portOf(b) || b.pathname !== "/") return false;
  const addresses = await lookup(b.hostname.replace(/^\[|\]$/g, ""), { all: true }).catch(() => []);
  const ownAddresses = new Set(
    Object.values(os.networkInterfaces())
      .flat()
      .map(({ address }) => address),
  );
  return addresses.length > 0 && addresses.every(({ address }) => ownAddresses.has(address));
}

const portOf = ({ protocol, port }) => port || (protocol === "https:" ? "443" : "80");

/**
 * The server's own address, where somebody gave that of one of its pages: there is none below it, but one at the root.
 */
async function resolveServerUrl(url) {
  const { origin, pathname } = new URL(url);
  if (pathname === "/" || (await isMemfog(url)) || !(await isMemfog(origin))) return url;
  return origin;
}

async function isMemfog(url) {
  const answer = await request(`${url}/healthz`, { timeout: ANSWER_TIMEOUT_MS }).catch(() => null);
  return answer?.status === 200 && answer.text === "ok";
}

/** As the server has it: MEMFOG_DATA, else `memfog` where the system keeps a user's data. */
function dataFolder(environment) {
  if (environment.MEMFOG_DATA) return environment.MEMFOG_DATA.replace(/^~(?=$|[\\/])/, os.homedir());
  const home = {
    darwin: path.join(os.homedir(), "Library", "Application Support"),
    win32: environment.LOCALAPPDATA || path.join(os.homedir(), "AppData", "Local"),
  }[process.platform];
  return path.join(home ?? (environment.XDG_DATA_HOME || path.join(os.homedir(), ".local", "share")), "memfog");
}

module.exports = { findLocalServer, isLocal, isSameServer, resolveServerUrl };
