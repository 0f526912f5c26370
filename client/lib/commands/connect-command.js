"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { cleanServer, cleanToken, defaultServer, ownServer, readAuth } = require("../auth.js");
const { deviceLogin } = require("../device-login.js");
const { hindrance } = require("../doctor/host.js");
const { extra, table } = require("../hooks.js");
const { isLocal, isSameServer, localServer, reachable } = require("../local.js");
const { places } = require("../paths.js");
const { otherRoots } = require("../roots.js");
const { hasTranscripts } = require("../transcripts/find.js");
const { UserError } = require("../user-error.js");
const { connect } = require("./connect.js");
const { importTranscripts } = require("./import.js");
const { UsageError } = require("./options.js");
const { rememberConnection } = require("./update.js");
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
  --take-waiting   what waits here for another account or server is sent to this one
  --no-import      leaves past sessions alone. Else they come along where your server is this very machine
  --extra          ${extra.length} hooks more: ${extra.map(({ hook }) => hook).join(", ")}
  --plugin         leaves your settings alone: the hooks come from Claude Code's memfog plugin
  --project-only   only for this folder: .claude/settings.local.json instead of your own settings
  --assume-version X  writes what Claude Code X knows (2.1.120), whatever is installed here. Else each Claude Code
                   that is found is asked, and only hooks that the oldest knows are written: with others it may
                   ignore the file

Exit codes: 0 connected, 1 refused or unreachable (nothing was changed), 2 wrong usage.`;

async function run(options, { say, onProgress }) {
  const place = places();
  const { url, done } = await connected(place, options, say);
  const memfog = path.join(place.launchers, "memfog");
  rememberConnection(place, options);
  const hindered = hindrance(place, hostsAsked(done));
  return {
    lines: [
      `Connected Claude Code to ${url} as ${done.user.email}.`,
      hooksLine(done, memfog),
      `Your token is in ${place.auth}, readable by you alone.`,
      hindered ? `But ${hindered.text}: ${hindered.remedy}.` : await next(place, url, options, onProgress),
      `Check: ${memfog} status    Undo: ${memfog} disconnect claude-code`,
      ...otherRoots(place).map(
        ({ folder }) =>
          `Claude Code keeps sessions in ${folder} as well, which are not captured; to connect it: ` +
          `CLAUDE_CONFIG_DIR=${folder} ${memfog} connect claude-code`,
      ),
      ...done.apart.map(
        ({ url: server, email, count }) =>
          `${count} event(s) wait here for ${email ?? "another account"} at ${server}: they are sent when that is ` +
          "connected again, or add --take-waiting to send them to this one.",
      ),
    ],
  };
}

/** The Claude Codes that connecting has found: to start each once more would take as long again. */
const hostsAsked = ({ known }) => (known && !known.isAssumed ? known.hosts : undefined);

/**
 * Tries the tokens there are, the nearest first; where the server knows none of them, somebody lets this machine in.
 */
async function connected(place, options, say) {
  refuseEmpty(options);
  const known = readAuth(place);
  const given = (options.token === "-" ? tokenOnStdin() : (options.token ?? process.env.MEMFOG_TOKEN))?.trim();
  const here = given ? null : await localServer();
  const named = options.api ?? process.env.MEMFOG_API ?? known?.url ?? ownServer(manifest);
  const url = await reachable(cleanServer(named ?? here?.url ?? defaultServer(manifest)));
  const wanted = {
    projectOnly: options["project-only"],
    withExtra: options.extra,
    byPlugin: options.plugin,
    adopt: options["take-waiting"],
    assumed: cleanVersion(options["assume-version"]),
  };
  // What this machine tells its owner reads as well as it writes.
  const ofThisMachine = here && !options["capture-only"] && (await isSameServer(here.url, url)) ? here.token : null;
  for (const token of new Set([cleanToken(given, url, known), ofThisMachine].filter((one) => one !== null))) {
    const done = await connect(place, { url, token, ...wanted }).catch((error) => {
      // The token of this machine was revoked, and no other was given.
      if (error.isUnknown && !given) return null;
      throw error;
    });
    if (done) return { url, done };
  }
  const token = await deviceLogin(url, { captureOnly: options["capture-only"], say });
  return { url, done: await connect(place, { url, token, ...wanted }) };
}

/** What a script meant to fill in and did not must not lead elsewhere. */
function refuseEmpty({ token, api }) {
  const given = {
    "--token": token,
    "--api": api,
    MEMFOG_TOKEN: token ?? process.env.MEMFOG_TOKEN,
    MEMFOG_API: api ?? process.env.MEMFOG_API,
  };
  const empty = Object.keys(given).find((name) => given[name]?.trim() === "");
  if (empty) throw new UsageError(`${empty} is empty`);
}

function tokenOnStdin() {
  const token = fs.readFileSync(STDIN, "utf8");
  if (token.trim() === "") throw new UsageError("there is no token on stdin");
  return token;
}

function cleanVersion(version = null) {
  if (version !== null && !/^\d+\.\d+\.\d+$/.test(version))
    throw new UsageError(`"${version}" is no version of Claude Code; write it like 2.1.120`);
  return version;
}

function hooksLine({ settings, count, changed, backup, known, leftOut }, memfog) {
  if (settings === null) return "The hooks are the plugin's; your settings stay as they are.";
  const why = whyLess(known, leftOut, memfog);
  if (!changed) return `${count} hooks were in ${settings} already${why}.`;
  return `${count} hooks are now in ${settings}${backup ? ` (before: ${path.basename(backup)})` : ""}${why}.`;
}

function whyLess({ oldest }, leftOut, memfog) {
  if (leftOut.length === 0) return "";
  if (oldest === null) {
    const once = `once it is installed: ${memfog} connect claude-code`;
    return `: no Claude Code was found here, so those that every version knows; ${once}`;
  }
  return `, without ${leftOut.join(", ")}: Claude Code ${oldest.version} (${oldest.file}) does not know them`;
}

/**
 * What comes next. Past sessions come along only to a server on this machine: what was said before anybody thought of
 * Memfog leaves it when its owner says so. Nor do those of all projects where only one was to be connected.
 */
async function next(place, url, options, onProgress) {
  const memfog = path.join(place.launchers, "memfog");
  const start = `Next: use Claude Code as always, and watch ${url} fill.`;
  if (options["no-import"] || options["project-only"] || !hasTranscripts(place.claude)) return start;
  if (!isLocal(url)) return `${start} Past sessions as well: ${memfog} import`;
  try {
    const { sessions, counts, unchanged } = await importTranscripts(place, { roots: [place.claude], onProgress });
    const events = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (events)
      return `Next: see ${sessions} past session(s) at ${url} (${events} events), and use Claude Code as always.`;
    return unchanged ? `${start} Past sessions: nothing new in ${unchanged} transcript(s).` : start;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `${start} Past sessions did not come along: ${error.message}`;
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
