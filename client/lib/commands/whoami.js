"use strict";
const { request, objectOf } = require("../network/request.js");

/**
 * Asks a server for the user of a token: {user}, or {problem, remedy}; with {answered, date} if it is a Memfog server.
 */
async function fetchUser({ url, token, network }) {
  try {
    const answer = await request(`${url}/me`, { token, network, headers: { Accept: "application/json" } });
    return {
      ...parseUser(answer, url),
      answered: [200, 401, 403].includes(answer.status) && objectOf(answer) !== null,
      date: answer.headers.date,
    };
  } catch (error) {
    return describeUnreachable(error, url);
  }
}

function parseUser(answer, url) {
  const user = objectOf(answer);
  if (answer.status === 200 && typeof user?.email === "string") return { user };
  if (answer.status === 401)
    return {
      problem: `${url} does not know this token (401)`,
      remedy: "copy it again from the dashboard there",
      isUnknown: true,
    };
  if (answer.status === 403)
    return { problem: `${url} refuses this token (403)`, remedy: "make a new one on the dashboard there" };
  if (answer.status >= 300 && answer.status < 400)
    return { problem: `${url} redirects to ${answer.headers.location}`, remedy: "give the final address with --api" };
  if (answer.status === 429 || answer.status >= 500)
    return { problem: `${url} is busy or failing (${answer.status})`, remedy: "try again in a minute" };
  return {
    problem: `${url} does not answer like a Memfog server (${answer.status})`,
    remedy: "check the address given with --api",
  };
}

// Error of the system or of TLS → problem and remedy. The first match wins.
const CAUSES = [
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|EPROTO.*(?:wrong version|packet length|record)/,
    (url) => [`${url} does not speak https`, `if it speaks http, write ${url.replace("https:", "http:")}`],
  ],
  [/HPE_/, (url) => [`${url} does not speak http`, "if it speaks https, write https://…; else check the port"]],
  [
    /ECONNRESET|EPIPE|socket hang up/,
    (url) =>
      url.startsWith("http:")
        ? [`${url} ends the connection without an answer`, "if it speaks https, write https://…"]
        : [`${url} ends the connection without an answer`, "try again; a proxy or firewall may stand before it"],
  ],
  [
    /CERT_HAS_EXPIRED/,
    (url) => [`the certificate of ${url} has expired`, "renew it there, or set this machine's clock"],
  ],
  [/CERT_NOT_YET_VALID/, (url) => [`the certificate of ${url} is not valid yet`, "set this machine's clock"]],
  [/ALTNAME/, (url) => [`the certificate of ${url} is for another name`, "give the name it is for with --api"]],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/,
    (url) => [
      `${url} has no certificate that this machine trusts`,
      "fix the certificate, or set NODE_EXTRA_CA_CERTS to your authority's file",
    ],
  ],
  [
    /ENOTFOUND/,
    (url) => [
      `${url} can not be reached: the name is unknown`,
      "check the address given with --api; where this network needs a proxy, set HTTPS_PROXY",
    ],
  ],
  [
    /EAI_AGAIN/,
    (url) => [`${url} can not be reached: no name server answers`, "check this machine's network, and try again"],
  ],
  [
    /ENETUNREACH|EHOSTUNREACH|ENETDOWN|EHOSTDOWN/,
    (url) => [
      `${url} can not be reached: no route leads there`,
      "check this machine's network; where it needs a proxy, set HTTPS_PROXY",
    ],
  ],
  [
    /ETIMEDOUT/,
    (url) => [
      `${url} can not be reached: no answer in time`,
      "try again; where this network needs a proxy, set HTTPS_PROXY",
    ],
  ],
  [/./, (url) => [`${url} can not be reached`, "check the address given with --api, and that the server runs"]],
];

/** {problem, remedy} of a failed request. An error may have its own remedy, as those of proxies do. */
function describeUnreachable(error, url) {
  if (error.remedy) return { problem: `${url} can not be reached: ${error.message}`, remedy: error.remedy };
  const [problem, remedy] = CAUSES.find(([pattern]) => pattern.test(`${error.code} ${error.message}`))[1](url);
  return { problem: `${problem} (${error.code ?? error.message})`, remedy };
}

module.exports = { fetchUser, describeUnreachable };
