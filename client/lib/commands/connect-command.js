"use strict";
const fs = require("node:fs");
const path = require("node:path");
const {
  parseServerUrl,
  parseToken,
  defaultServer,
  packagedServer,
  readAuth,
  refuseUnknownServer,
} = require("../account/auth.js");
const { logInByDevice } = require("../account/device-login.js");
const { isLocal, isSameServer, findLocalServer, resolveServerUrl } = require("../account/local-server.js");
const { findBlocker } = require("../doctor/host.js");
const { extra, table } = require("../hooks.js");
const { resolvePaths } = require("../paths.js");
const { findOtherRoots } = require("../settings/config-roots.js");
const { hasTranscripts } = require("../transcripts/transcript-files.js");
const { UserError } = require("../user-error.js");
const { connect } = require("./connect.js");
const { importTranscripts } = require("./import.js");
const { UsageError } = require("./options.js");
const { recordConnection } = require("./update.js");
const manifest = require("../../package.json");

const STDIN = 0;
const flag = { type: "boolean" };
const text = { type: "string" };

const CONNECT_HELP = `memfog connect claude-code [--token T|-] [--api URL] [--project-only] [--capture-only]
                           [--extra] [--plugin] [--no-import] [--take-waiting] [--assume-version X]

Adds Memfog's ${table.length} hooks to Claude Code's settings and keeps your token on this machine.
Run it again to upgrade, or to change token or server; running twice equals running once.

  --token T        the API token from your dashboard; - reads it from stdin (else MEMFOG_TOKEN, else the one in use,
                   else that of the Memfog on this machine); without any it shows a code that you approve in the browser
  --capture-only   asks for a token that can send events and not read them
  --api URL        your server (else MEMFOG_API, else the one in use, else one that you run on this machine,
                   else ${defaultServer(manifest)})
  --take-waiting   sends events that wait here for another account or server to this one
  --no-import      imports no past sessions; by default they are imported if your server is this machine
  --extra          ${extra.length} more hooks: ${extra.map(({ hook }) => hook).join(", ")}
  --plugin         changes no settings: the hooks come from Claude Code's memfog plugin
  --project-only   only for this folder: .claude/settings.local.json instead of your own settings
  --assume-version X  writes the hooks that Claude Code X (2.1.120) supports, whatever is installed here. By default
                   each installed Claude Code is asked, and only hooks that the oldest supports are written: with
                   others it may ignore the file

Exit codes: 0 connected, 1 refused or unreachable (nothing was changed), 2 wrong usage.`;

async function run(options, { say, onBytes }) {
  const paths = resolvePaths();
  const { url, result } = await connectWithToken(paths, options, say);
  const memfog = path.join(paths.launchers, "memfog");
  recordConnection(paths, options);
  const blocker = findBlocker(paths, knownHosts(result));
  return {
    lines: [
      `Connected Claude Code to ${url} as ${result.user.email}.`,
      describeHooks(result, memfog),
      `Your token is in ${paths.auth}, readable by you alone.`,
      blocker ? `But ${blocker.text}: ${blocker.remedy}.` : await describeNextStep(paths, url, options, onBytes),
      `Check: ${memfog} status    Undo: ${memfog} disconnect claude-code`,
      ...findOtherRoots(paths).map(
        ({ folder }) =>
          `Claude Code keeps sessions in ${folder} as well, which are not captured; to connect it: ` +
          `CLAUDE_CONFIG_DIR=${folder} ${memfog} connect claude-code`,
      ),
      ...result.otherAccounts.map(
        ({ url: server, email, count }) =>
          `${count} event(s) wait here for ${email ?? "another account"} at ${server}: they are sent when that ` +
          "account is connected again, or add --take-waiting to send them to this one.",
      ),
    ],
  };
}

/** The Claude Codes that `connect` found: asking each for its version again would take as long again. */
const knownHosts = ({ support: known }) => (known && !known.isAssumed ? known.hosts : undefined);

/** Tries the available tokens, the most specific first; if the server knows none, it starts a device login. */
async function connectWithToken(paths, options, say) {
  refuseEmpty(options);
  const known = readAuth(paths);
  const givenToken = (
    options.token === "-" ? readTokenFromStdin() : (options.token ?? process.env.MEMFOG_TOKEN)
  )?.trim();
  const local = givenToken ? null : await findLocalServer();
  const address = options.api ?? process.env.MEMFOG_API ?? known?.url ?? packagedServer(manifest);
  if (!address && !local) refuseUnknownServer(paths);
  const url = await resolveServerUrl(parseServerUrl(address ?? local?.url ?? defaultServer(manifest)));
  const connectOptions = {
    projectOnly: options["project-only"],
    withExtra: options.extra,
    byPlugin: options.plugin,
    adopt: options["take-waiting"],
    assumed: parseVersion(options["assume-version"]),
  };
  // The token that a server on this machine gives its owner can read as well as write.
  const localToken = local && !options["capture-only"] && (await isSameServer(local.url, url)) ? local.token : null;
  for (const token of new Set([parseToken(givenToken, url, known), localToken].filter((one) => one !== null))) {
    const result = await connect(paths, { url, token, ...connectOptions }).catch((error) => {
      // The local server's token was revoked, and no other was given.
      if (error.isUnknown && !givenToken) return null;
      throw error;
    });
    if (result) return { url, result };
  }
  const token = await logInByDevice(url, { captureOnly: options["capture-only"], say });
  return { url, result: await connect(paths, { url, token, ...connectOptions }) };
}

/** An empty variable in a script must not connect to another server. */
function refuseEmpty({ token, api }) {
  const givenToken = {
    "--token": token,
    "--api": api,
    MEMFOG_TOKEN: token ?? process.env.MEMFOG_TOKEN,
    MEMFOG_API: api ?? process.env.MEMFOG_API,
  };
  const empty = Object.keys(givenToken).find((name) => givenToken[name]?.trim() === "");
  if (empty) throw new UsageError(`${empty} is empty`);
}

function readTokenFromStdin() {
  const token = fs.readFileSync(STDIN, "utf8");
  if (token.trim() === "") throw new UsageError("there is no token on stdin");
  return token;
}

function parseVersion(version = null) {
  if (version !== null && !/^\d+\.\d+\.\d+$/.test(version))
    throw new UsageError(`"${version}" is no version of Claude Code; write it like 2.1.120`);
  return version;
}

function describeHooks({ settings, count, changed, backup, support: known, leftOut }, memfog) {
  if (settings === null) return "The hooks come from the plugin; your settings are unchanged.";
  const why = explainLeftOut(known, leftOut, memfog);
  if (!changed) return `${count} hooks were in ${settings} already${why}.`;
  return `${count} hooks are now in ${settings}${backup ? ` (before: ${path.basename(backup)})` : ""}${why}.`;
}

function explainLeftOut({ oldest }, leftOut, memfog) {
  if (leftOut.length === 0) return "";
  if (oldest === null) {
    const once = `once it is installed: ${memfog} connect claude-code`;
    return `: no Claude Code was found here, so only those that every version supports; ${once}`;
  }
  return `, without ${leftOut.join(", ")}: Claude Code ${oldest.version} (${oldest.file}) does not support them`;
}

/**
 * The line about what to do next. Past sessions are imported automatically only into a server on this machine: they
 * predate Memfog and leave the machine only on request. With --project-only they are not imported either, because they
 * belong to all projects.
 */
async function describeNextStep(paths, url, options, onBytes) {
  const memfog = path.join(paths.launchers, "memfog");
  const start = `Next: use Claude Code as always, and watch ${url} fill.`;
  if (options["no-import"] || options["project-only"] || !hasTranscripts(paths.claude)) return start;
  if (!isLocal(url)) return `${start} To import past sessions: ${memfog} import`;
  try {
    const { sessions, counts, unchanged } = await importTranscripts(paths, {
      roots: [paths.claude],
      onProgress: onBytes,
    });
    const events = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (events)
      return `Next: see ${sessions} past session(s) at ${url} (${events} events), and use Claude Code as always.`;
    return unchanged ? `${start} Past sessions: nothing new in ${unchanged} transcript(s).` : start;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `${start} Past sessions were not imported: ${error.message}`;
  }
}

const options = {
  token: text,
  api: text,
  "project-only": flag,
  "capture-only": flag,
  extra: flag,
  plugin: flag,
  "no-import": flag,
  "take-waiting": flag,
  "assume-version": text,
};
const connectCommand = { help: CONNECT_HELP, takesTool: true, options, run };

module.exports = { connectCommand };
