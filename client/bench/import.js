"use strict";
// Measures imports of transcripts: `node bench/import.js [--mb 18] [--files N] [--folder PATH] [--client BIN]`.
// Prints for a dry run (reading and deriving alone), a first and a second import: MB of transcripts by second and by
// processor second, memory at most (MB), and at most how much waited for the server (MB). The transcripts are copies of
// a recorded session; with `--files`, that many small ones; with `--folder`, those of a folder `projects`.
const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { parseArgs } = require("node:util");
const { listFiles, readJson } = require("../lib/files.js");
const { pathsIn } = require("../lib/paths.js");
const { BIN, run } = require("../testing/scratch.js");
const { said, user } = require("../testing/shapes.js");
const { startCountingServer } = require("./counting-server.js");

const RECORDED = path.join(__dirname, "..", "test", "transcripts", "tour", "projects");
const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(?:toolu|msg|req)_\w+/g;
const FILES_PER_FOLDER = 1_000;
const RUNS = { "dry run": ["import", "--dry-run"], first: ["import"], second: ["import"] };

const { values } = parseArgs({
  options: {
    mb: { type: "string", default: "18" },
    files: { type: "string" },
    folder: { type: "string" },
    client: { type: "string", default: BIN },
  },
});

function fill(projects) {
  fs.mkdirSync(path.dirname(projects), { recursive: true });
  if (values.folder) fs.symlinkSync(path.resolve(values.folder), projects);
  else if (values.files) writeSmallFiles(projects, Number(values.files));
  else copyRecorded(projects, Number(values.mb) * 1e6);
}

function copyRecorded(projects, bytes) {
  const files = listFiles(RECORDED).map((file) => path.relative(RECORDED, file));
  for (let made = 0; made < bytes; ) {
    const rename = makeRenamer();
    for (const name of files) {
      const text = rename(fs.readFileSync(path.join(RECORDED, name), "utf8"));
      write(path.join(projects, rename(name)), text);
      made += text.length;
    }
  }
}

/** Gives ids other characters of the same kind, the same in all files of a copy. */
function makeRenamer() {
  const known = new Map();
  const renew = (id) => (id.includes("_") ? `${id}${crypto.randomBytes(4).toString("hex")}` : crypto.randomUUID());
  return (text) => text.replace(ID, (id) => known.get(id) ?? known.set(id, renew(id)).get(id));
}

function writeSmallFiles(projects, count) {
  for (let number = 0; number < count; number += 1) {
    const session = crypto.randomUUID();
    const lines = [user(session, 0, `Do task ${number}.`), said(session, 1, "Done.", { id: `msg_${session}` })];
    const folder = `-work-${Math.floor(number / FILES_PER_FOLDER)}`;
    write(path.join(projects, folder, `${session}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }
}

function write(file, text) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

const sizeOf = (folder) => listFiles(folder).reduce((sum, file) => sum + fs.statSync(file).size, 0);

async function main() {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "memfog-bench-"));
  const paths = pathsIn(path.join(home, ".memfog"));
  const waiting = { mb: 0 };
  const server = await startCountingServer(() => {
    waiting.mb = Math.max(waiting.mb, (sizeOf(paths.outbox) + sizeOf(paths.spool)) / 1e6);
  });
  try {
    const projects = path.join(home, ".claude", "projects");
    fill(projects);
    const mb = sizeOf(fs.realpathSync(projects)) / 1e6;
    const memfog = (...args) => runClient(home, args);
    await memfog("connect", "claude-code", "--token", server.token, "--api", server.url, "--no-import");
    for (const [which, args] of Object.entries(RUNS)) {
      server.reset();
      waiting.mb = 0;
      console.log(
        JSON.stringify({
          which,
          mb: round(mb),
          ...describe(mb, await memfog(...args)),
          ...server.counts,
          waiting_mb: round(waiting.mb),
        }),
      );
    }
  } finally {
    await server.stop();
    fs.rmSync(home, { recursive: true, force: true });
  }
}

async function runClient(home, args) {
  const report = path.join(home, "report.json");
  const environment = { PATH: process.env.PATH, HOME: home, MEMFOG_LINGER: "0", MEMFOG_BENCH_REPORT: report };
  const options = ["--require", path.join(__dirname, "usage-report.cjs")];
  const started = Date.now();
  const done = await run(process.execPath, [...options, path.resolve(values.client), ...args], {
    cwd: home,
    env: environment,
  });
  if (done.code !== 0) throw new Error(done.stderr);
  return { seconds: (Date.now() - started) / 1_000, ...readJson(report) };
}

const describe = (mb, { seconds, cpu_s: cpu, rss_mb: rss }) => ({
  seconds,
  mb_per_s: round(mb / seconds),
  cpu_s: round(cpu),
  mb_per_cpu_s: round(mb / cpu),
  rss_mb: Math.round(rss),
});

const round = (value) => Number(value.toFixed(2));

main();
