"use strict";
const { bridge } = require("../mcp/bridge.js");
const { parseTime } = require("../parse-time.js");
const { resolvePaths } = require("../paths.js");
const { connectCommand } = require("./connect-command.js");
const { disconnect } = require("./disconnect.js");
const { flush } = require("./flush.js");
const { foldersCommand } = require("./folders-command.js");
const { hintsCommand } = require("./hints-command.js");
const { importTranscripts } = require("./import.js");
const { pauseCommand, resumeCommand } = require("./pause-command.js");
const { status } = require("./status.js");
const { trailerCommand } = require("./trailer-command.js");
const { updateCommand } = require("./update.js");
const { whyCommand } = require("./why-command.js");
const manifest = require("../../package.json");

const MAX_LISTED_FILES = 5;
const MAX_LISTED_LINE_FILES = 3;
const flag = { type: "boolean" };
const text = { type: "string" };

const USAGE = `memfog ${manifest.version}: memory for Claude Code

  memfog connect claude-code [--token T|-] [--api URL] [--project-only] [--capture-only] [--extra] [--no-import]
         [--take-waiting] [--assume-version X]
  memfog disconnect claude-code [--forget] [--force]
  memfog status [--json], memfog doctor [--json]
  memfog flush [--again]
  memfog update
  memfog import [--since WHEN] [--dry-run]
  memfog why PATH[:LINE] [--json], memfog why --since COMMIT [--json]
  memfog trailer [--off]
  memfog mcp
  memfog folders [--off]
  memfog hints [--off]
  memfog pause [--for 1h] [--project]
  memfog resume [--project]
  memfog COMMAND --help, memfog --version

Exit codes: 0 done, 1 something needs you (the message says what), 2 the command line was not understood.`;

const DISCONNECT_HELP = `memfog disconnect claude-code [--forget] [--force]

Removes Memfog's entries and files; your settings become what they were before.

  --forget   also removes token, spool and everything else that Memfog stores on this machine
  --force    with --forget: even when events are not delivered yet

Exit codes: 0 disconnected, 1 events wait or settings can not be edited (nothing was changed), 2 wrong usage.`;

const STATUS_HELP = `memfog status [--json], memfog doctor [--json]

Checks Claude Code's settings and policy, the hooks and their cost, the token, the server and its clock, and which
events are waiting, lost or excluded, and says how to fix each problem. Both names do the same.

  --json   {"ok", "findings": [{"name", "ok", "text", "remedy"}], "waiting", "quarantined", "last_delivery"}

Exit codes: 0 everything is ok, 1 a check failed, 2 wrong usage.`;

const FLUSH_HELP = `memfog flush [--again]

Delivers waiting events now.

  --again   also events that the server rejected before, from quarantine

Exit codes: 0 nothing is waiting, 1 some events are left (the message says why), 2 wrong usage.`;

const IMPORT_HELP = `memfog import [--since WHEN] [--dry-run]

Makes events of the transcripts that Claude Code keeps of past sessions, as if the hooks had captured them: those in
CLAUDE_CONFIG_DIR, ~/.claude, ~/.config/claude, and each folder that was connected, every file once.
Run it as often as you like: it sends only events that the server does not have, and of sessions that hooks captured
only the part before. Prompts whose transcripts were deleted come from history.jsonl. It reports how many events were
new, and what could not be read.

  --since WHEN   only what happened since: 7d, 24h, or a date such as 2026-11-01
  --dry-run      counts, and sends nothing

Exit codes: 0 imported, 1 not connected or the server does not answer (run it again), 2 wrong usage.`;

const MCP_HELP = `memfog mcp

Speaks MCP on stdin and stdout and passes it to your server's /mcp, for tools that can not speak HTTP. It adds the tool
why, which says like memfog why which prompt a line comes from:

  claude mcp add memfog -- memfog mcp

Exit codes: 0 when stdin ends, 2 wrong usage.`;

const commands = {
  connect: connectCommand,
  disconnect: { help: DISCONNECT_HELP, takesTool: true, options: { forget: flag, force: flag }, run: runDisconnect },
  status: { help: STATUS_HELP, options: { json: flag }, run: runStatus },
  doctor: { help: STATUS_HELP, options: { json: flag }, run: runStatus },
  flush: { help: FLUSH_HELP, options: { again: flag }, run: runFlush },
  update: updateCommand,
  import: { help: IMPORT_HELP, options: { since: text, "dry-run": flag }, run: runImport },
  mcp: { help: MCP_HELP, options: {}, run: runMcp },
  folders: foldersCommand,
  hints: hintsCommand,
  pause: pauseCommand,
  resume: resumeCommand,
  trailer: trailerCommand,
  why: whyCommand,
};

async function runDisconnect(options) {
  const paths = resolvePaths();
  const { settings, trailers, left, forgotten, waiting } = disconnect(paths, options);
  const lines = [
    ...settings.map((file) => `Removed Memfog's hooks from ${file}.`),
    ...trailers.map((hook) => `Commits name no sessions any more: removed ${hook}.`),
    ...left.map(({ file, why }) => `Could not remove them from ${file}: ${why}.`),
  ];
  if (settings.length === 0) lines.push("No settings had Memfog's hooks.");
  if (forgotten) lines.push(`Removed ${paths.home}.`);
  else
    lines.push(
      `Kept ${paths.home}${waiting ? ` with ${waiting} event(s) not delivered yet` : ""}; add --forget to remove it.`,
    );
  return { lines, ok: left.length === 0 };
}

async function runStatus({ json }) {
  const report = await status(resolvePaths());
  if (json) return { ok: report.ok, lines: [JSON.stringify(report, null, 2)] };
  return {
    ok: report.ok,
    lines: report.findings.map(
      (one) => `${one.ok ? "ok  " : "FIX "} ${one.name.padEnd(10)} ${one.text}${one.remedy ? `: ${one.remedy}` : ""}`,
    ),
  };
}

async function runFlush({ again = false }, { onProgress }) {
  const { delivered, left, problem } = await flush(resolvePaths(), { onProgress, again });
  const lines = [`Delivered ${delivered} event(s), ${left} left.`, ...(problem ? [problem] : [])];
  return { ok: left === 0, lines };
}

async function runImport(options, { onBytes }) {
  const since = options.since === undefined ? 0 : parseTime(options.since);
  const { sessions, counts, fresh, unchanged, roots, skipped } = await importTranscripts(resolvePaths(), {
    since,
    dryRun: options["dry-run"],
    onProgress: onBytes,
  });
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const kinds = Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${name}`);
  const verb = options["dry-run"] ? "Would import" : "Imported";
  return {
    lines: [
      `${verb} ${all} event(s) of ${sessions} session(s)${all ? `: ${kinds.join(", ")}` : ""}.`,
      ...(fresh !== null && fresh < all ? [`${fresh} of them were new to the server; it had the others.`] : []),
      ...(unchanged ? [`${unchanged} transcript(s) had nothing new.`] : []),
      ...(roots.length > 1 ? roots.map(rootLine) : []),
      ...skippedLines(skipped),
    ],
  };
}

/** The totals of one config root, if there are several. */
function rootLine({ root, transcripts, events, fresh, unchanged }) {
  const newNote = fresh !== null && fresh < events ? `, ${fresh} of them new to the server` : "";
  return `  ${root}: ${events} event(s)${newNote}; ${unchanged} of ${transcripts} transcript(s) had nothing new`;
}

/** Unreadable files and lines with reasons: the first files by name, the others as a count. */
function skippedLines({ files, lines, lineFiles }) {
  const named = files.slice(0, MAX_LISTED_FILES).map(({ file, reason }) => `  ${file} ${reason}`);
  const more = files.length > MAX_LISTED_FILES ? [`  and ${files.length - MAX_LISTED_FILES} more`] : [];
  const reasons = Object.entries(lines).map(([reason, count]) => `${count} ${reason}`);
  return [
    ...(files.length ? [`Skipped ${files.length} file(s) or folder(s):`, ...named, ...more] : []),
    ...(reasons.length ? [`Skipped lines: ${reasons.join(", ")}.`, ...lineFilesLines(lineFiles)] : []),
  ];
}

/** Where the lines stand that were passed over: the files with most of them by name, the others as a count. */
function lineFilesLines(lineFiles) {
  const named = lineFiles.slice(0, MAX_LISTED_LINE_FILES).map(({ file, count }) => `  ${count} in ${file}`);
  const more = lineFiles.slice(MAX_LISTED_LINE_FILES);
  const count = more.reduce((sum, one) => sum + one.count, 0);
  return [...named, ...(more.length ? [`  ${count} in ${more.length} other file(s)`] : [])];
}

async function runMcp() {
  await bridge(resolvePaths());
  return { lines: [] };
}

module.exports = { commands, USAGE };
