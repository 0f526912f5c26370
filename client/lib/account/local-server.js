"use strict";
const { lookup } = require("node:dns/promises");
const os = require("node:os");
const path = require("node:path");
const { readJson } = require("../files.js");
const { isLoopback, sameServer } = require("../network/loopback.js");
const { request } = require("../network/request.js");

const ANSWER_TIMEOUT_MS = 5_000;

/**
 * This user's Memfog on this machine as {url, token}, or null. The server writes both into a file in its data directory
 * that only its owner can read; `token` is null if the server has not created an account.
 */
async function findLocalServer(environment = process.env) {
  const { url, token } = readJson(path.join(dataFolder(environment), "server.json")) ?? {};
  if (typeof url !== "string" || !isLocal(url)) return null;
  return (await isMemfog(url)) ? { url, token: typeof token === "string" ? token : null } : null;
}

/** Whether data sent to this address stays on this machine. */
const isLocal = (url) => URL.canParse(url) && new URL(url).protocol === "http:" && isLoopback(new URL(url).hostname);

/** Whether an address leads to this machine's own server: by any of the machine's names, at the same port. */
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
 * The address of the server if the user gave the address of one of its pages: the server then answers only at the root.
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

/** The server's data directory: MEMFOG_DATA, else `memfog` in the system's folder for user data. */
function dataFolder(environment) {
  if (environment.MEMFOG_DATA) return environment.MEMFOG_DATA.replace(/^~(?=$|[\\/])/, os.homedir());
  const home = {
    darwin: path.join(os.homedir(), "Library", "Application Support"),
    win32: environment.LOCALAPPDATA || path.join(os.homedir(), "AppData", "Local"),
  }[process.platform];
  return path.join(home ?? (environment.XDG_DATA_HOME || path.join(os.homedir(), ".local", "share")), "memfog");
}

module.exports = { findLocalServer, isLocal, isSameServer, resolveServerUrl };
