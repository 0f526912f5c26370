"use strict";
const os = require("node:os");
const path = require("node:path");
const { readJson } = require("./files.js");
const { request } = require("./request.js");

const ANSWERS_WITHIN_MS = 1_000;
const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;

/** The address of a Memfog of this user that runs on this machine, or null. It names itself in its data directory. */
async function localServer(environment = process.env) {
  const url = readJson(path.join(dataFolder(environment), "server.json"))?.url;
  if (typeof url !== "string" || !LOOPBACK.test(url)) return null;
  const answer = await request(`${url}/healthz`, { timeout: ANSWERS_WITHIN_MS }).catch(() => null);
  return answer?.status === 200 && answer.text === "ok" ? url : null;
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

module.exports = { localServer };
