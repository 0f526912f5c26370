"use strict";
const { listNames } = require("../files.js");
const { objectOf, request } = require("../network/request.js");
const manifest = require("../../package.json");

const VERSION = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/;
const DOWNLOAD_TIMEOUT_MS = 30_000;

/**
 * Which client a server serves: {version, build, sha256, package()}, or null if the server does not say. `package`
 * downloads it. `build` distinguishes two builds of one version.
 */
async function fetchServedClient({ url, network }, { timeout } = {}) {
  const answer = await request(`${url}/memfog.json`, { network, timeout, headers: { Accept: "application/json" } });
  const { version, build, sha256 } = (answer.status === 200 && objectOf(answer)) || {};
  if (!VERSION.test(version) || !/^[0-9a-f]{64}$/.test(sha256)) return null;
  return { version, build, sha256, package: () => fetchPackage(url, network) };
}

async function fetchPackage(url, network) {
  const answer = await request(`${url}/memfog.tgz`, { network, timeout: DOWNLOAD_TIMEOUT_MS });
  if (answer.status !== 200)
    throw Object.assign(new Error(`answers ${answer.status}`), { code: `HTTP ${answer.status}` });
  return answer.bytes;
}

/** Whether the served client is newer than the installed one; for the same version, whether it is another build. */
function isNewer({ version, build }, paths) {
  const order = compare(version, manifest.version);
  if (order !== 0) return order > 0;
  const isFromAServer = typeof manifest.memfog?.api === "string";
  return isFromAServer && typeof build === "string" && !listNames(paths.clients).includes(`${version}-${build}`);
}

function compare(a, b) {
  const [left, right] = [a, b].map((text) => VERSION.exec(text).slice(1).map(Number));
  const at = left.findIndex((number, index) => number !== right[index]);
  return at < 0 ? 0 : left[at] - right[at];
}

module.exports = { fetchServedClient, isNewer };
