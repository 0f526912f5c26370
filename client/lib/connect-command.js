"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { cleanServer, cleanToken, defaultServer, ownServer, readAuth } = require("./auth.js");
const { connect } = require("./connect.js");
const { deviceLogin } = require("./device-login.js");
const { policy } = require("./doctor/host.js");
const { extra, table } = require("./hooks.js");
const { importTranscripts } = require("./import.js");
const { isLocal, localServer } = require("./local.js");
const { places } = require("./places.js");
const { transcriptsIn } = require("./transcripts/find.js");
const { Trouble } = require("./trouble.js");
const manifest = require("../package.json");

const STDIN = 0;
const flag = { type: "boolean" };
const text = { type: "string" };

const CONNECT_HELP = `memfog connect claude-code [--token T|-] [--api URL] [--project-only] [--capture-only] [--extra] [--plugin] [--no-import]

Adds Memfog's ${table.length} hooks to Claude Code's settings and keeps your token on this machine.
Run it again to upgrade, or to change token or server; running twice equals running once.

  --token T        the API token from your dashboard; - reads it from stdin (else MEMFOG_TOKEN, else the one in use, else
                   that of the Memfog on this machine); without any it shows a code that you approve in the browser
  --capture-only   asks for a token that can send events and not read them
  --api URL        your server (else MEMFOG_API, else the one in use, else one that you run on this machine,
                   else ${defaultServer(manifest)})
  --no-import      leaves past sessions alone. Else they come along where your server is this very machine
  --extra          ${extra.length} hooks more: ${extra.map(({ hook }) => hook).join(", ")}
  --plugin         leaves your settings alone: the hooks come from Claude Code's memfog plugin
  --project-only   only for this folder: .claude/settings.local.json instead of your own settings

Exit codes: 0 connected, 1 refused or unreachable (nothing was changed), 2 wrong usage.`;

async function run(options, { say, onProgress }) {
  const place = places();
  const { url, done } = await connected(place, options, say);
  const memfog = path.join(place.launchers, "memfog");
  return { lines: [
    `Connected Claude Code to ${url} as ${done.user.email}.`,
    hooksLine(done),
    `Your token is in ${place.auth}, readable by you alone.`,
    policy(place).ok ? await next(place, url, options, onProgress) : `But ${policy(place).text}: ${policy(place).remedy}.`,
    `Check: ${memfog} status    Undo: ${memfog} disconnect claude-code`,
  ] };
}

/** Tries the tokens there are, the nearest first; where the server knows none of them, somebody lets this machine in. */
async function connected(place, options, say) {
  const known = readAuth(place);
  const given = (options.token === "-" ? fs.readFileSync(STDIN, "utf8") : options.token || process.env.MEMFOG_TOKEN)?.trim();
  const here = given ? null : await localServer();
  const named = options.api || process.env.MEMFOG_API || known?.url || ownServer(manifest);
  const url = cleanServer(named || here?.url || defaultServer(manifest));
  const wanted = { projectOnly: options["project-only"], withExtra: options.extra, byPlugin: options.plugin };
  // What this machine tells its owner reads as well as it writes.
  const ofThisMachine = here?.url === url && !options["capture-only"] ? here.token : null;
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

function hooksLine({ settings, count, changed, backup }) {
  if (settings === null) return "The hooks are the plugin's; your settings stay as they are.";
  if (!changed) return `${count} hooks were in ${settings} already.`;
  return `${count} hooks are now in ${settings}${backup ? ` (before: ${path.basename(backup)})` : ""}.`;
}

/**
 * What comes next. Past sessions come along only to a server on this machine: what was said before anybody thought of Memfog
 * leaves it when its owner says so. Nor do those of all projects where only one was to be connected.
 */
async function next(place, url, options, onProgress) {
  const memfog = path.join(place.launchers, "memfog");
  const start = `Next: use Claude Code as always, and watch ${url} fill.`;
  if (options["no-import"] || options["project-only"] || transcriptsIn(path.join(place.claude, "projects")).length === 0) return start;
  if (!isLocal(url)) return `${start} Past sessions as well: ${memfog} import`;
  try {
    const { sessions, counts } = await importTranscripts(place, { onProgress });
    const events = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return events ? `Next: see ${sessions} past session(s) at ${url} (${events} events), and use Claude Code as always.` : start;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return `${start} Past sessions did not come along: ${error.message}`;
  }
}

const options = { token: text, api: text, "project-only": flag, "capture-only": flag, extra: flag, plugin: flag, "no-import": flag };
const connectCommand = { help: CONNECT_HELP, takesTool: true, options, run };

module.exports = { connectCommand };
