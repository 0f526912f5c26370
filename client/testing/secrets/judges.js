"use strict";
// Compares redaction with two other scanners of secrets: redaction must not miss a planted secret that one of them
// finds. Needs detect-secrets of PyPI in a Python (`--python`), and @secretlint/core and
// @secretlint/secretlint-rule-preset-recommend 12 of npm under a folder (`--secretlint`).
const { spawnSync } = require("node:child_process");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { parseArgs } = require("node:util");
const { redactJson, redactText } = require("../../lib/redact/redact.js");
const { KINDS, PLACED, maker } = require("./secrets.js");

const SEEDS = [21, 22, 23];
const PRESET = "@secretlint/secretlint-rule-preset-recommend";
const { values: given } = parseArgs({
  options: { python: { type: "string", default: "python3" }, secretlint: { type: "string", default: "." } },
});

/** Places of a token in the files that scanners read. */
const FILES = {
  "a.txt": (secret) => `${secret}\n`,
  "a.env": (secret) => `SOME_NAME=${secret}\n`,
  "a.py": (secret) => `some_name = "${secret}"\n`,
  "a.yaml": (secret) => `some:\n  name: ${secret}\n`,
  "a.json": (secret) => `{"some": {"name": "${secret}"}}\n`,
  "a.md": (secret) => `Use \`${secret}\` for it.\n`,
};

// The names that the scanners know, and the ways to assign a value to one.
const NAMES = [
  "api_key",
  "apikey",
  "auth_key",
  "service_key",
  "account_key",
  "db_key",
  "database_key",
  "priv_key",
  "private_key",
  "client_key",
  "db_pass",
  "database_pass",
  "key_pass",
  "password",
  "passwd",
  "pwd",
  "secret",
  "contraseña",
  "contrasena",
  "aws_secret_access_key",
  "AWS_SECRET_ACCESS_KEY",
  "cloudant_password",
  "ibm_cloud_iam_key",
  "softlayer_api_key",
  "cos_hmac_secret_access_key",
  "db_password_main",
  "client_secret_value",
];
const GIVEN = {
  "b.env": [(name, value) => `${name}=${value}`],
  "b.py": [
    (name, value) => `${name} = "${value}"`,
    (name, value) => `${name} = '${value}'`,
    (name, value) => `if ${name} == "${value}":`,
    (name, value) => `if "${value}" == ${name}:`,
    (name, value) => `{"${name}": "${value}"}`,
  ],
  "b.yaml": [(name, value) => `${name}: ${value}`, (name, value) => `${name}: "${value}"`],
  "b.go": [(name, value) => `${name} := "${value}"`],
  "b.js": [(name, value) => `const o = { ${name}: "${value}" };`, (name, value) => `if ("${value}" === ${name}) {`],
  "b.rb": [(name, value) => `"${name}" => "${value}"`],
  "b.cpp": [(name, value) => `std::string ${name}("${value}");`],
  "b.conf": [(name, value) => `${name} "${value}";`, (name, value) => `${name} = ${value}`],
};

/** Values that the scanners accept for a name: some require letters, others digits of a certain length. */
const VALUES = [(m) => m.alnum(40), (m) => `${m.alnum(10)}4xQ`, (m) => m.hex(64), (m) => m.hex(48), (m) => m.url(44)];

function cases() {
  return SEEDS.flatMap((seed) => [
    ...Object.entries(KINDS).flatMap(([name, make]) =>
      Object.entries(FILES).map(([file, put]) => {
        const secret = make(maker(seed));
        return { name: `${name} in ${file}`, file, text: put(secret), secret };
      }),
    ),
    ...Object.entries(PLACED).map(([name, make]) => {
      const { text, secret } = make(maker(seed));
      return { name, file: "c.txt", text: `${text}\n`, secret };
    }),
    ...NAMES.flatMap((name) =>
      Object.entries(GIVEN).flatMap(([file, ways]) =>
        ways.flatMap((give, way) =>
          VALUES.map((make) => {
            const secret = make(maker(seed));
            return { name: `${name} in ${file}, ${way}`, file, text: `${give(name, secret)}\n`, secret };
          }),
        ),
      ),
    ),
  ]);
}

async function bySecretlint(all) {
  const from = path.resolve(given.secretlint, "node_modules");
  const load = (name) => import(pathToFileURL(path.join(from, name, "module", "index.js")));
  const [{ lintSource }, { creator }] = [await load("@secretlint/core"), await load(PRESET)];
  const found = [];
  for (const { file, text } of all) {
    const { messages } = await lintSource({
      source: { filePath: `/x/${file}`, content: text, contentType: "text", ext: path.extname(file) },
      options: { noPhysicFilePath: true, config: { rules: [{ id: PRESET, rule: creator }] } },
    });
    found.push(messages.map(({ range }) => text.slice(...range)));
  }
  return found;
}

function byDetectSecrets(all) {
  const { status, stdout, stderr } = spawnSync(given.python, [path.join(__dirname, "judges.py")], {
    input: JSON.stringify(all),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`detect-secrets: ${stderr}`);
  return JSON.parse(stdout);
}

const isOf = (secret) => (value) => value !== "" && (secret.includes(value.trim()) || value.includes(secret));

async function main() {
  const all = cases();
  const judges = { "detect-secrets": byDetectSecrets(all), secretlint: await bySecretlint(all) };
  const tally = { planted: all.length, ours: 0, passed: [] };
  for (const [index, { name, text, secret }] of all.entries()) {
    const cleaned = [redactText(text).text, redactJson(JSON.stringify({ stdout: text })).text];
    const isTaken = cleaned.every((one) => !one.includes(secret) && one.includes("[redacted:"));
    tally.ours += Number(isTaken);
    for (const [judgeAnswer, found] of Object.entries(judges))
      if (found[index].some(isOf(secret))) {
        tally[judgeAnswer] = (tally[judgeAnswer] ?? 0) + 1;
        if (!isTaken) tally.passed.push(`${judgeAnswer} finds ${name}: ${text.trim().slice(0, 120)}`);
      }
  }
  console.log(JSON.stringify({ ...tally, passed: tally.passed.length }));
  // A scanner that finds almost nothing did not run.
  if (tally.passed.length === 0 && tally["detect-secrets"] > 500 && tally.secretlint > 100) return;
  for (const line of tally.passed.slice(0, 60)) console.log(line);
  process.exitCode = 1;
}

// secretlint leaves open handles, which would keep the process running.
main().then(() => process.exit(process.exitCode ?? 0));
