"use strict";

const SUFFIX = "(?:[_.-]?(?:\\d+|confirm(?:ation)?|value|plain|b64|base64|prod|production|dev|staging|live|old|new|current|root|admin|user))?$";
const word = (pattern) => new RegExp(`(?:^|[_.-]|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]))(?:${pattern})${SUFFIX}`);
const anywhere = (pattern) => new RegExp(`(?:${pattern})${SUFFIX}`, "i");
const cased = (name) => `[${name[0]}${name[0].toUpperCase()}]${name.slice(1)}|${name.toUpperCase()}`;

// What the end of a name says about its value. The order counts: `secret_key` is a key, `secret` alone is not.
const NAMES = [
  ["authorization", anywhere("authorization")],
  ["cookie", /^(?:set-)?cookie$/i],
  ["password", anywhere("passw(?:or)?d|passphrase|passwort|passcode")],
  ["password", word(["pass", "pwd", "pw"].map(cased).join("|"))],
  ["password", /^(?:PG|MYSQL_|MYSQL|REDIS)PASS(?:WORD)?$|^MYSQL_PWD$|^REDISCLI_AUTH$|^SSHPASS$/],
  ["api_key", anywhere("(?:api|access|account|auth|encryption|signing|signature|master|license|private|secret|shared[_.-]?access|shared|subscription|deploy|jwt|hmac|aes|admin|service|app|webhook|ingest|integration)[_.-]?key")],
  ["api_key", /^(?:x-)?api-?key$/i],
  ["secret", anywhere("secret")],
  ["token", anywhere("token|_auth")],
  ["token", /^(?:sig|signature|x-amz-signature|x-amz-security-token|x-goog-signature)$/i],
  ["credential", anywhere("credentials?|creds?")],
  ["basic", /^_?auth$/i],
  ["seed_phrase", anywhere("mnemonic|(?:seed|recovery)[_.-]?phrase")],
];

/** What a variable, key, header or option of this name holds, or null where that is no secret. */
function kindOfName(name) {
  if (name.length < 2 || /public/i.test(name)) return null;
  return NAMES.find(([, pattern]) => pattern.test(name))?.[0] ?? null;
}

module.exports = { kindOfName };
