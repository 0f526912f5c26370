"use strict";
const { anyOf } = require("./any-of.js");

const SUFFIX =
  "(?:[_.-]?(?:\\d+|confirm(?:ation)?|value|plain|b64|base64|" +
  "prod|production|dev|staging|live|old|new|current|root|admin|user))?$";
const asWord = (pattern) =>
  new RegExp(`(?:^|[_.-]|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]))(?:${pattern})${SUFFIX}`);
const anywhere = (pattern) => new RegExp(`(?:${pattern})${SUFFIX}`, "i");
const inAnyCase = (name) => `[${name[0]}${name[0].toUpperCase()}]${name.slice(1)}|${name.toUpperCase()}`;

// Every name of a secret matches this; most other names do not.
const ANY_HINT = anyOf(
  [
    /pass|pw|psk|secret|token|key|auth|cred|cook|mnemonic|phrase|shared|contrase|senha|signing/,
    /kennwort|wachtwoord|salasana|adgangskode|[\x80-\uffff]/,
  ],
  "i",
);
// Names that resemble those of secrets but are not secret: cursors, form tokens, public keys.
const CURSORS =
  "next|prev(?:ious)?|page|continuation|continue|sync|resume|start(?:ing)?|paging|pagination|cancel(?:l?ation)?|" +
  "change|delta|cursor";
const NOT_SECRET = anyOf(
  [
    /public|csrf|xsrf|authenticity/,
    new RegExp(`(?:${CURSORS})[_.-]?(?:page|list|marker|batch)?[_.-]?token$`),
    /^(?:key|token|secret)s$/,
  ],
  "i",
);

const KEYS =
  "api|app|access|account|auth|encryption|signing|signature|master|license|private|priv|secret|shared[_.-]?access|" +
  "pre[_.-]?shared|preshared|shared|subscription|functions?|host|deploy|jwt|hmac|aes|admin|service|app|webhook|" +
  "ingest|integration|db|database|client|cloudant|ibm|iam|softlayer|cos|storage|consumer|write|server|session|cipher|" +
  "fernet|hmac|wep|ssh|tls|ssl|host";
const PASS_OWNERS =
  "db|database|key|store|keystore|truststore|user|admin|root|smtp|mail|ftp|proxy|bind|smb|ldap|vpn|wifi|ssh";
// The word for a password in other languages that are not written in ASCII.
const LOCAL_PASSWORDS =
  "contraseñas?|пароль|пароля|密码|密碼|口令|パスワード|비밀번호|암호|hasło|şifre|jelszó|lösenord|κωδικός|סיסמה|" +
  "mật khẩu|รหัสผ่าน";
const PASSWORDS =
  "passw(?:or)?d|passphrase|passwort|kennwort|wachtwoord|salasana|adgangskode|mot[_-]?de[_-]?passe|passcode|" +
  `contrasena|senha|(?:${PASS_OWNERS})[_.-]?pass|${LOCAL_PASSWORDS}`;
// Endings that make a longer name the name of something other than the secret.
const DERIVED_ENDINGS =
  "hash|digest|id|name|file|path|dir|url|uri|type|length|len|ref|field|label|placeholder|version|arn|salt|policy|s";

// What the end of a name says about its value. The order matters: `secret_key` is a key, `secret` alone is not.
const NAMES = [
  ["authorization", anywhere("authorization")],
  ["cookie", /^(?:set-)?cookie$/i],
  ["password", anywhere(PASSWORDS)],
  ["password", asWord(["pass", "pwd", "pw", "psk"].map(inAnyCase).join("|"))],
  ["password", /^(?:PG|MYSQL_|MYSQL|REDIS)PASS(?:WORD)?$|^MYSQL_PWD$|^REDISCLI_AUTH$|^SSHPASS$/],
  ["password", /^(?:requirepass|masterauth|rootpw|bindpw|de_passe)$/i],
  ["api_key", anywhere(`(?:${KEYS})[_.-]?key`)],
  ["api_key", /^(?:x-)?api-?key$/i],
  ["secret", anywhere("secret")],
  ["token", anywhere("token|_auth")],
  ["token", /^(?:sonar\.login|auth[_.-]?string|x-amz-signature|x-goog-signature)$/i],
  ["credential", anywhere("credentials?|creds?")],
  ["basic", /^_?auth$/i],
  // A longer name proves little, so the value itself must look like a secret.
  [
    "named",
    new RegExp(
      `(?:passw(?:or)?d|passphrase|secret|api[_-]?key|access[_-]?key)[_.-]?[a-z]\\w*(?<!${DERIVED_ENDINGS})$`,
      "i",
    ),
  ],
  ["seed_phrase", anywhere("mnemonic|(?:seed|recovery)[_.-]?phrase")],
];
// Short names of URL parameters that hold secrets.
const PARAMETERS = /^(?:key|sig|signature|api_sig|hmac|sas|auth|access_key)$/i;
const KEY_PARTS = new Set(["d", "p", "q", "dp", "dq", "qi", "k"]);

/** The kind of secret that a variable, key, header or option of this name holds, or null. */
function kindOfName(name) {
  if (name.length < 2 || !ANY_HINT.test(name) || NOT_SECRET.test(name)) return null;
  return NAMES.find(([, pattern]) => pattern.test(name))?.[0] ?? null;
}

/** Like `kindOfName`, for a parameter of a URL. */
const kindOfParameter = (name) => kindOfName(name) ?? (PARAMETERS.test(name) ? "token" : null);

/** Whether it names a private part of a JSON Web Key, inside such a key. */
const isKeyPart = (name) => KEY_PARTS.has(name);

module.exports = { kindOfName, kindOfParameter, isKeyPart, LOCAL_PASSWORDS };
