"use strict";
const os = require("node:os");
const { setTimeout: wait } = require("node:timers/promises");
const { describeUnreachable } = require("../commands/whoami.js");
const { objectOf, request } = require("../network/request.js");
const { UserError } = require("../user-error.js");

// RFC 8628, section 3.5: the interval if the answer has none, and the increase after `slow_down`.
const POLL_INTERVAL_S = 5;
const SLOW_DOWN_S = 5;
const MAX_NAME_CHARS = 100;

/**
 * Requests a token that a signed-in user approves in the browser (RFC 8628). `say` prints the address and the code.
 * Throws UserError if the server has no device login, or if the user does not approve it.
 */
async function logInByDevice(url, { captureOnly = false, say, network }) {
  const login = await requestCode(url, captureOnly, network);
  say(`To connect this machine, sign in at ${toPlainText(login.verification_uri_complete ?? login.verification_uri)}`);
  say(`and approve the code ${toPlainText(login.user_code)}. Waiting …`);
  return pollToken(url, login, network);
}

async function requestCode(url, captureOnly, network) {
  const answer = await postJson(
    `${url}/auth/device`,
    { client_name: describeMachine(), scopes: [captureOnly ? "capture" : "full"] },
    network,
  ).catch((error) => {
    throw makeError(describeUnreachable(error, url));
  });
  const login = answer.status === 200 ? objectOf(answer) : null;
  const isComplete =
    login && [login.device_code, login.user_code, login.verification_uri].every((one) => typeof one === "string");
  if (isComplete) return login;
  if (answer.status === 429)
    throw new UserError(
      `${url} accepts no more logins for now; try again in a minute, or add --token mfg_… Nothing was changed.`,
    );
  throw new UserError(`No API token. Sign in at ${url}, copy the token the dashboard shows, and add --token mfg_…`);
}

async function pollToken(url, { device_code: code, interval = POLL_INTERVAL_S, expires_in: seconds = 600 }, network) {
  const end = Date.now() + seconds * 1000;
  for (let pause = interval; Date.now() + pause * 1000 < end; ) {
    await wait(pause * 1000);
    // A failed connection is retried (section 3.5): the code is still valid.
    const answer = await postJson(`${url}/auth/device/token`, { device_code: code }, network).catch(() => null);
    const body = (answer && objectOf(answer)) ?? {};
    if (answer?.status === 200 && typeof body.token === "string") return body.token;
    if (body.code in REFUSED) throw new UserError(`${REFUSED[body.code]} Nothing was changed.`);
    if (body.code === "slow_down" || answer?.status === 429) pause += SLOW_DOWN_S;
  }
  throw new UserError(`${REFUSED.expired_token} Nothing was changed.`);
}

const REFUSED = {
  access_denied: "The request was denied.",
  expired_token: "The code was not approved in time; run connect again for a new one.",
};

const postJson = (url, body, network) =>
  request(url, {
    method: "POST",
    network,
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });

const makeError = ({ problem, remedy }) => new UserError(`${problem}: ${remedy}. Nothing was changed.`);

const describeMachine = () => toPlainText(`Claude Code on ${os.hostname()}`).slice(0, MAX_NAME_CHARS);

/** Without control characters, which a terminal would interpret. */
const toPlainText = (text) => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "");

module.exports = { logInByDevice };
