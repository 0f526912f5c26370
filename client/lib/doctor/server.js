"use strict";
const fs = require("node:fs");
const { fetchUser } = require("../commands/whoami.js");
const { request } = require("../network/request.js");
const { bad, CONNECT, good } = require("./finding.js");

const MAX_SKEW_MS = 120_000;

/** Findings about token and server; without a token no server is asked. */
async function server(paths, auth) {
  const tokenFinding = checkToken(paths, auth);
  if (!auth) return [tokenFinding];
  const askedAt = Date.now();
  const { user, answered, date, problem, remedy } = await fetchUser(auth);
  if (!answered) return [tokenFinding, bad("server", problem, remedy)];
  return [
    tokenFinding,
    await checkHealth(auth),
    user ? good("account", `${auth.url} knows this token as ${user.email}`) : bad("account", problem, remedy),
    checkClock(date, askedAt),
  ];
}

function checkToken(paths, auth) {
  if (!auth) return bad("token", `no server and token in ${paths.auth}, so hooks write nothing`, CONNECT);
  const isReadable = process.platform !== "win32" && (fs.statSync(paths.auth).mode & 0o077) !== 0;
  if (isReadable) return bad("token", `others on this machine can read ${paths.auth}`, `chmod 600 ${paths.auth}`);
  return good("token", `stored in ${paths.auth}`);
}

async function checkHealth({ url, network }) {
  const answer = await request(`${url}/healthz`, { network }).catch(() => null);
  if (answer?.status === 200 && answer.text.trim() === "ok") return good("server", `${url} is there`);
  return bad(
    "server",
    `${url}/healthz does not say ok`,
    "check the address given with --api; a proxy may stand before it",
  );
}

/** Events carry this machine's time. The answer's Date header has the server's, to the second. */
function checkClock(date, askedAt) {
  const now = Date.now();
  const server = Date.parse(date);
  if (Number.isNaN(server)) return good("clock", "the server does not tell its time");
  const skew = Math.max(askedAt - server - 1_000, server - now, 0);
  if (skew <= MAX_SKEW_MS) return good("clock", "this machine's clock and the server's agree");
  return bad(
    "clock",
    `this machine's clock is ${formatDuration(skew)} ${askedAt > server ? "ahead of" : "behind"} the server's`,
    "set it (timedatectl set-ntp true): events carry its time",
  );
}

function formatDuration(milliseconds) {
  const [name, length] = [
    ["days", 86_400_000],
    ["hours", 3_600_000],
    ["minutes", 60_000],
  ].find(([, one]) => milliseconds >= 2 * one) ?? ["seconds", 1_000];
  return `${Math.round(milliseconds / length)} ${name}`;
}

module.exports = { server };
