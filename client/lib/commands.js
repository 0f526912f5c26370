"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { cleanServer, cleanToken, defaultServer, ownServer, readAuth } = require("./auth.js");
const { connect } = require("./connect.js");
const { deviceLogin } = require("./device-login.js");
const { disconnect } = require("./disconnect.js");
const { policy } = require("./doctor/host.js");
const { flush } = require("./flush.js");
const { foldersCommand } = require("./folders-command.js");
const { extra, table } = require("./hooks.js");
const { importTranscripts } = require("./import.js");
const { localServer } = require("./local.js");
const { bridge } = require("./mcp/bridge.js");
const { pauseCommand, resumeCommand } = require("./pause-command.js");
const { places } = require("./places.js");
const { status } = require("./status.js");
const { momentOf } = require("./when.js");
const manifest = require("../package.json");

const STDIN = 0;
const flag = { type: "boolean" };
const text = { type: "string" };

const USAGE = `memfog ${manifest.version}: memory for Claude Code

  memfog connect claude-code [--token T|-] [--api URL] [--project-only] [--capture-only] [--extra]
  memfog disconnect claude-code [--forget] [--force]
  memfog status [--json], memfog doctor [--json]
  memfog flush
  memfog import [--since WHEN] [--dry-run]
  memfog mcp
  memfog folders [--off]
  memfog pause [--for 1h] [--project]
  memfog resume [--project]
  memfog COMMAND --help, memfog --version

Exit codes: 0 done, 1 something needs you (the message says what), 2 the command line was not understood.`;

const CONNECT_HELP = `memfog connect claude-code [--token T|-] [--api URL] [--project-only] [--capture-only] [--extra] [--plugin]

Adds Memfog's ${table.length} hooks to Claude Code's settings and keeps your token on this machine.
Run it again to upgrade, or to change token or server; running twice equals running once.

  --token T        the API token from your dashboard; - reads it from stdin (else MEMFOG_TOKEN, else the one in use);
                   without any it shows a code that you approve in the browser
  --capture-only   asks for a token that can send events and not read them
  --api URL        your server (else MEMFOG_API, else the one in use, else one that you run on this machine,
                   else ${defaultServer(manifest)})
  --extra          ${extra.length} hooks more: ${extra.map(({ hook }) => hook).join(", ")}
  --plugin         leaves your settings alone: the hooks come from Claude Code's memfog plugin
  --project-only   only for this folder: .claude/settings.local.json instead of your own settings

Exit codes: 0 connected, 1 refused or unreachable (nothing was changed), 2 wrong usage.`;

const DISCONNECT_HELP = `memfog disconnect claude-code [--forget] [--force]

Takes Memfog's entries and files out again; your settings end as they were.

  --forget   removes token, spool and all else that Memfog keeps on this machine
  --force    with --forget: even when events are not delivered yet

Exit codes: 0 disconnected, 1 events wait or settings can not be edited (nothing was changed), 2 wrong usage.`;

const STATUS_HELP = `memfog status [--json], memfog doctor [--json]

Looks at Claude Code's settings and policy, the hooks and what they cost, the token, the server and its clock, what waits for
delivery, what was lost and what is kept back, and says how to mend what is wrong. Both names do the same.

  --json   {"ok", "findings": [{"name", "ok", "text", "remedy"}], "waiting", "quarantined", "last_delivery"}

Exit codes: 0 all is well, 1 something is not, 2 wrong usage.`;

const FLUSH_HELP = `memfog flush

Delivers what waits, now.

Exit codes: 0 nothing waits any more, 1 something is left (the message says why), 2 wrong usage.`;

const IMPORT_HELP = `memfog import [--since WHEN] [--dry-run]

Makes events of the transcripts that Claude Code keeps of past sessions, as if the hooks had captured them.
Run it as often as you like: nothing comes twice, and of sessions the hooks captured only what came before is taken.

  --since WHEN   only what happened since: 7d, 24h, or a date such as 2026-11-01
  --dry-run      counts, and sends nothing

Exit codes: 0 imported, 1 not connected or the server does not answer (run it again), 2 wrong usage.`;

const MCP_HELP = `memfog mcp

Speaks MCP on stdin and stdout and passes it to your server's /mcp, for tools that can not speak HTTP:

  claude mcp add memfog -- memfog mcp

Exit codes: 0 when stdin ends, 2 wrong usage.`;

const commands = {
  connect: { help: CONNECT_HELP, takesTool: true, options: { token: text, api: text, "project-only": flag, "capture-only": flag, extra: flag, plugin: flag }, run: runConnect },
  disconnect: { help: DISCONNECT_HELP, takesTool: true, options: { forget: flag, force: flag }, run: runDisconnect },
  status: { help: STATUS_HELP, options: { json: flag }, run: runStatus },
  doctor: { help: STATUS_HELP, options: { json: flag }, run: runStatus },
  flush: { help: FLUSH_HELP, options: {}, run: runFlush },
  import: { help: IMPORT_HELP, options: { since: text, "dry-run": flag }, run: runImport },
  mcp: { help: MCP_HELP, options: {}, run: runMcp },
  folders: foldersCommand,
  pause: pauseCommand,
  resume: resumeCommand,
};

async function runConnect(options, { say }) {
  const place = places();
  const known = readAuth(place);
  const given = options.token === "-" ? fs.readFileSync(STDIN, "utf8") : options.token || process.env.MEMFOG_TOKEN;
  const named = options.api || process.env.MEMFOG_API || known?.url || ownServer(manifest);
  const url = cleanServer(named || (!given && (await localServer())) || defaultServer(manifest));
  const wanted = { projectOnly: options["project-only"], withExtra: options.extra, byPlugin: options.plugin };
  const ask = async () => connect(place, { url, token: await deviceLogin(url, { captureOnly: options["capture-only"], say }), ...wanted });
  const token = cleanToken(given, url, known);
  const done = token === null ? await ask() : await connect(place, { url, token, ...wanted }).catch((error) => {
    // The token of this machine was revoked, and no other was given.
    if (error.isUnknown && !given?.trim()) return ask();
    throw error;
  });
  const memfog = path.join(place.launchers, "memfog");
  return { lines: [
    `Connected Claude Code to ${url} as ${done.user.email}.`,
    hooksLine(done),
    `Your token is in ${place.auth}, readable by you alone.`,
    policy(place).ok ? `Next: use Claude Code as always, and watch ${url} fill.` : `But ${policy(place).text}: ${policy(place).remedy}.`,
    `Check: ${memfog} status    Undo: ${memfog} disconnect claude-code`,
  ] };
}

function hooksLine({ settings, count, changed, backup }) {
  if (settings === null) return "The hooks are the plugin's; your settings stay as they are.";
  if (!changed) return `${count} hooks were in ${settings} already.`;
  return `${count} hooks are now in ${settings}${backup ? ` (before: ${path.basename(backup)})` : ""}.`;
}

async function runDisconnect(options) {
  const place = places();
  const { settings, forgotten, waiting } = disconnect(place, options);
  const lines = settings.map((file) => `Took Memfog's hooks out of ${file}.`);
  if (settings.length === 0) lines.push("No settings held Memfog's hooks.");
  if (forgotten) lines.push(`Removed ${place.home}.`);
  else lines.push(`Kept ${place.home}${waiting ? ` with ${waiting} event(s) not delivered yet` : ""}; add --forget to remove it.`);
  return { lines };
}

async function runStatus({ json }) {
  const report = await status(places());
  if (json) return { ok: report.ok, lines: [JSON.stringify(report, null, 2)] };
  return { ok: report.ok, lines: report.findings.map((one) => `${one.ok ? "ok  " : "FIX "} ${one.name.padEnd(10)} ${one.text}${one.remedy ? `: ${one.remedy}` : ""}`) };
}

async function runFlush(_options, { onProgress }) {
  const { delivered, left, trouble } = await flush(places(), { onProgress });
  const lines = [`Delivered ${delivered} event(s), ${left} left.`, ...(trouble ? [trouble] : [])];
  return { ok: left === 0, lines };
}

async function runImport(options, { onProgress }) {
  const since = options.since === undefined ? 0 : momentOf(options.since);
  const { sessions, counts } = await importTranscripts(places(), { since, dryRun: options["dry-run"], onProgress });
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const kinds = Object.entries(counts).sort(([, a], [, b]) => b - a).map(([name, count]) => `${count} ${name}`);
  const did = options["dry-run"] ? "Would import" : "Imported";
  return { lines: [`${did} ${all} event(s) of ${sessions} session(s)${all ? `: ${kinds.join(", ")}` : ""}.`] };
}

async function runMcp() {
  await bridge(places());
  return { lines: [] };
}

module.exports = { commands, USAGE };
