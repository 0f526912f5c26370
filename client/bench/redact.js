"use strict";
// Measures the time of redaction, and the number of harmless lines that it changes: `node bench/redact.js [--show N]
// [--with REDACT.JS] FOLDER…`. `--with` measures another version on the same texts. Give folders without secrets:
// sources, manuals, lock files.
const fs = require("node:fs");
const path = require("node:path");
const { parseArgs } = require("node:util");

const TEXT =
  /\.(?:c|css|h|html|js|json|jsx|log|lock|md|mjs|cjs|patch|po|py|pyi|rst|sh|sql|ts|tsx|txt|xml|ya?ml|[1-8])$/;
const MAX_FILE_BYTES = 4 * 1024 * 1024;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    show: { type: "string", default: "0" },
    with: { type: "string", default: path.join(__dirname, "..", "lib", "redact", "redact.js") },
  },
});
const { redactText } = require(path.resolve(values.with));

function filesIn(file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat?.isDirectory())
    return fs
      .readdirSync(file)
      .sort()
      .flatMap((name) => filesIn(path.join(file, name)));
  return stat?.isFile() && TEXT.test(file) && stat.size <= MAX_FILE_BYTES ? [file] : [];
}

const tally = { files: 0, lines: 0, bytes: 0, touched: 0, kinds: {}, processor_ms: 0 };
const printed = [];
for (const file of positionals.flatMap(filesIn)) {
  const text = fs.readFileSync(file, "utf8");
  const before = process.cpuUsage();
  const { text: cleaned, kinds } = redactText(text);
  const { user, system } = process.cpuUsage(before);
  tally.processor_ms += (user + system) / 1_000;
  tally.files += 1;
  tally.bytes += text.length;
  const lines = text.split("\n");
  tally.lines += lines.length;
  if (cleaned === text) continue;
  for (const [kind, count] of Object.entries(kinds)) tally.kinds[kind] = (tally.kinds[kind] ?? 0) + count;
  const known = new Set(lines);
  const touched = cleaned.split("\n").filter((line) => line.includes("[redacted:") && !known.has(line));
  tally.touched += touched.length;
  printed.push(...touched.map((line) => `${path.basename(file)}: ${around(line)}`));
}

function around(line) {
  const at = line.indexOf("[redacted:");
  return line.slice(Math.max(at - 90, 0), at + 60).trim();
}

const most = Number(values.show);
// Prints every nth line, so that the lines come from many files.
for (let index = 0; most && index < printed.length; index += Math.max(1, Math.floor(printed.length / most)))
  console.log(printed[index]);
console.log(
  JSON.stringify({
    ...tally,
    processor_ms: Math.round(tally.processor_ms),
    mb_per_s: Number((tally.bytes / 1e3 / tally.processor_ms).toFixed(2)),
    share: `${((100 * tally.touched) / tally.lines).toFixed(4)} %`,
  }),
);
