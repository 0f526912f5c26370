"use strict";
const fs = require("node:fs");
const { fetchUser } = require("../commands/whoami.js");
const { request } = require("../request.js");
const { bad, CONNECT, good } = require("./finding.js");

const MOST_SKEW_MS = 120_000;

/** Findings about token and server; without a token there is none to ask. */
async function server(place, auth) {
  const kept = credentials(place, auth);
  if (!auth) return [kept];
  const asked = Date.now();
  const { user, answered, date, problem, remedy } = await fetchUser(auth);
  if (!answered) return [kept, bad("server", problem, remedy)];
  return [
    kept,
    await health(auth),
    user ? good("account", `${auth.url} knows this token as ${user.email}`) : bad("account", problem, remedy),
    clock(date, asked),
  ];
}

function credentials(place, auth) {
  if (!auth) return bad("token", `no server and token in ${place.auth}, so hooks write nothing`, CONNECT);
  const isOpen = process.platform !== "win32" && (fs.statSync(place.auth).mode & 0o077) !== 0;
  if (isOpen) return bad("token", `others on this machine can read ${place.auth}`, `chmod 600 ${place.auth}`);
  return good("token", `kept in ${place.auth}`);
}

async function health({ url, network }) {
  const answer = await request(`${url}/healthz`, { network }).catch(() => null);
  if (answer?.status === 200 && answer.text.trim() === "ok") return good("server", `${url} is there`);
  return bad(
    "server",
    `${url}/healthz does not say ok`,
    "check the address given with --api; a proxy may stand before it",
  );
}

/** Events carry this machine's time. An answer tells the server's, to the second. */
function clock(date, asked) {
  const now = Date.now();
  const server = Date.parse(date);
  if (Number.isNaN(server)) return good("clock", "the server does not tell its time");
  const skew = Math.max(asked - server - 1_000, server - now, 0);
  if (skew <= MOST_SKEW_MS) return good("clock", "this machine's clock and the server's agree");
  return bad(
    "clock",
    `this machine's clock is ${span(skew)} ${asked > server ? "ahead of" : "behind"} the server's`,
    "set it (timedatectl set-ntp true): events carry its time",
  );
}

function span(milliseconds) {
  const [name, length] = [
    ["days", 86_400_000],
    ["hours", 3_600_000],
    ["minutes", 60_000],
  ].find(([, one]) => milliseconds >= 2 * one) ?? ["seconds", 1_000];
  return `${Math.round(milliseconds / length)} ${name}`;
}

module.exports = { server };
