"use strict";
const { request, objectOf } = require("./request.js");

const TLS = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|EPROTO|ERR_SSL/;

/** Asks a server whose token this is: {user}, or {trouble, remedy}; with {answered, date} where it is a server of ours at all. */
async function whoami({ url, token }) {
  try {
    const answer = await request(`${url}/me`, { token, headers: { Accept: "application/json" } });
    return { ...read(answer, url), answered: [200, 401, 403].includes(answer.status) && objectOf(answer) !== null, date: answer.headers.date };
  } catch (error) {
    return unreachable(error.code ?? error.message, url);
  }
}

function read(answer, url) {
  const user = objectOf(answer);
  if (answer.status === 200 && typeof user?.email === "string") return { user };
  if (answer.status === 401) return { trouble: `${url} does not know this token (401)`, remedy: "copy it anew from the dashboard there", isUnknown: true };
  if (answer.status === 403) return { trouble: `${url} refuses this token (403)`, remedy: "make a new one on the dashboard there" };
  if (answer.status >= 300 && answer.status < 400) return { trouble: `${url} redirects to ${answer.headers.location}`, remedy: "give the final address with --api" };
  if (answer.status === 429 || answer.status >= 500) return { trouble: `${url} is busy or ill (${answer.status})`, remedy: "try again in a minute" };
  return { trouble: `${url} does not answer like a Memfog server (${answer.status})`, remedy: "check the address given with --api" };
}

function unreachable(code, url) {
  if (TLS.test(code)) return { trouble: `${url} has no certificate that this machine trusts (${code})`, remedy: "mend the certificate, or set NODE_EXTRA_CA_CERTS to your authority's file" };
  return { trouble: `${url} can not be reached (${code})`, remedy: "check the address given with --api, and that the server runs" };
}

module.exports = { whoami, unreachable };
