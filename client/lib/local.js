"use strict";
const os = require("node:os");
const path = require("node:path");
const { readJson } = require("./files.js");
const { request } = require("./request.js");

const ANSWERS_WITHIN_MS = 5_000;
const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;

/**
 * The Memfog of this user that runs on this machine as {url, token}, or null. It tells both in its data directory, in a file
 * for its owner alone; `token` is null where the server has no account of its own making.
 */
async function localServer(environment = process.env) {
  const { url, token } = readJson(path.join(dataFolder(environment), "server.json")) ?? {};
  if (typeof url !== "string" || !isLocal(url)) return null;
  const answer = await request(`${url}/healthz`, { timeout: ANSWERS_WITHIN_MS }).catch(() => null);
  return answer?.status === 200 && answer.text === "ok" ? { url, token: typeof token === "string" ? token : null } : null;
}

/** Whether what is sent to this address stays on this machine. */
const isLocal = (url) => LOOPBACK.test(url);

/** As the server has it: MEMFOG_DATA, else `memfog` where the system keeps a user's data. */
function dataFolder(environment) {
  if (environment.MEMFOG_DATA) return environment.MEMFOG_DATA.replace(/^~(?=$|[\\/])/, os.homedir());
  const home = {
    darwin: path.join(os.homedir(), "Library", "Application Support"),
    win32: environment.LOCALAPPDATA || path.join(os.homedir(), "AppData", "Local"),
  }[process.platform];
  return path.join(home ?? (environment.XDG_DATA_HOME || path.join(os.homedir(), ".local", "share")), "memfog");
}

module.exports = { localServer, isLocal };
