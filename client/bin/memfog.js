#!/usr/bin/env node
"use strict";
const { commands, USAGE } = require("../lib/commands.js");
const { parse, UsageError } = require("../lib/options.js");
const { Trouble } = require("../lib/trouble.js");
const { version } = require("../package.json");

const EXIT = { ok: 0, trouble: 1, usage: 2 };

async function main(words) {
  if (words[0] === "--version" || words[0] === "-v") return { lines: [version] };
  const command = commands[words[0]];
  if (!command && (words.length === 0 || ["--help", "-h", "help"].includes(words[0]))) return { lines: [USAGE] };
  if (!command) throw new UsageError(`there is no command "${words[0]}"`);
  if (words.includes("--help") || words.includes("-h")) return { lines: [command.help] };
  return command.run(parse(words.slice(1), command), { onProgress: drawProgress, say: (text) => console.error(text) });
}

function drawProgress(done, total) {
  if (!process.stderr.isTTY || total < 2) return;
  const share = Math.min(done / total, 1);
  const bar = "█".repeat(Math.round(share * 30)).padEnd(30, "░");
  process.stderr.write(`\r${bar} ${done}/${total}${share === 1 ? "\n" : ""}`);
}

function report(error) {
  if (error instanceof UsageError) return { code: EXIT.usage, text: `memfog: ${error.message}. Try memfog --help` };
  if (error instanceof Trouble) return { code: EXIT.trouble, text: `memfog: ${error.message}` };
  return { code: EXIT.trouble, text: `memfog: ${process.env.MEMFOG_DEBUG ? error.stack : error.message}` };
}

main(process.argv.slice(2)).then(({ lines, ok = true }) => {
  if (lines.length) console.log(lines.join("\n"));
  process.exitCode = ok ? EXIT.ok : EXIT.trouble;
}, (error) => {
  const { code, text } = report(error);
  console.error(text);
  process.exitCode = code;
});
