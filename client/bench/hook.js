// Measures the time of a hook as a ratio to a bare `node -e 0`. All variants alternate in one run, so that changes in
// the load of the machine affect them equally: every hook except session_start, in both forms, with a small and a large
// payload, with and without a running shipper. Beside them is the least that writes stdin to a file.
// Usage: node bench/hook.js [rounds]; a round runs each variant once, with the next hook in turn.
"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { table } = require("../lib/hooks.js");
const { entries, install } = require("../lib/install/install.js");
const { dropCache, writeCache } = require("../lib/hints/hint-cache.js");
const { resolvePaths } = require("../lib/paths.js");
const { run, until } = require("../testing/scratch.js");
const { startServer } = require("../testing/servers/server.js");

const ROUNDS = Math.min(Number(process.argv[2] ?? 110), 1_000);
const LEASE_MS = 10_000;
const PAYLOADS = { "2 KB": 2_000, "500 KB": 500_000 };
const COPIED = JSON.stringify({ content: "x".repeat(PAYLOADS["2 KB"]) });
const GOALS = {
  "sh, 2 KB, shipper lives": "≤ 0.06",
  "sh, 500 KB, shipper lives": "≤ 0.10",
  "sh, 2 KB, starts a shipper": "≤ 0.12",
  "node, 2 KB, shipper lives": "≤ 1.10",
  "node, 500 KB, shipper lives": "≤ 1.10",
  "sh, a session begins": "+ 30 ms",
  "node, a session begins": "+ 30 ms",
  "sh, a prompt gets a hint": "+ 30 ms",
  "node, a prompt gets a hint": "+ 30 ms",
};

const home = fs.mkdtempSync(path.join(os.tmpdir(), "memfog-bench-"));
const paths = resolvePaths({ MEMFOG_HOME: path.join(home, ".memfog"), CLAUDE_CONFIG_DIR: path.join(home, ".claude") });
install(paths);
const ENVIRONMENT = { PATH: process.env.PATH, HOME: home, MEMFOG_LINGER: "0", CLAUDE_PROJECT_DIR: home };

/** The measured hooks. The start of a session is measured as a variant of its own. */
const HOOKS = table.map(({ hook }, index) => ({ hook, index })).filter(({ hook }) => hook !== "session_start");

const PROMPT = table.findIndex(({ hook }) => hook === "prompt_submit");

/** As many lines as a server gives of a project. */
const HINTS = Array.from({ length: 200 }, (_, id) => ({
  id,
  session_id: "earlier",
  line: `- ${id} · 2026-03-01 · edit · \`src/billing/page_${id}.py: 3 edits in 2 sessions, +40 −12\` · 60 tokens`,
  keys: [`page ${id} py`, `page ${id}`, `billing page ${id} py`],
  words: ["invoice", "partial", "refund", "rounding", `word${id}`],
  tokens: 25,
}));

function variants() {
  const runs = {
    "node -e 0": () => time(process.execPath, ["-e", "0"], ""),
    "sh -c true": () => time("/bin/sh", ["-c", "true"], ""),
    "sh -c '(:)', a fork alone": () => time("/bin/sh", ["-c", "(:); exit 0"], ""),
    "sh -c 'cat >file', the floor": () => time("/bin/sh", ["-c", `cat >'${path.join(home, "copy")}'`], COPIED),
  };
  for (const form of ["sh", "node"])
    for (const [size, length] of Object.entries(PAYLOADS))
      for (const lives of [true, false]) {
        const input = JSON.stringify({ session_id: "s", cwd: home, content: "x".repeat(length) });
        runs[`${form}, ${size}, ${lives ? "shipper lives" : "starts a shipper"}`] = (round) => {
          shipperLives(lives);
          return time(...started(form, HOOKS[round % HOOKS.length].index), input);
        };
      }
  for (const form of ["sh", "node"]) {
    runs[`${form}, a session begins`] = () => startOfASession(form);
    runs[`${form}, a prompt gets a hint`] = (round) => promptWithHint(form, round);
  }
  return runs;
}

/** The command that a host starts for a hook of the table: [program, arguments]. */
const started = (form, index) =>
  form === "node"
    ? [process.execPath, [path.join(paths.hooks, "memfog-hook.cjs"), table[index].hook, "user"]]
    : ["/bin/sh", ["-c", entries(paths, form)[index].group.hooks[0].command]];

/** Measures the start of a session, which asks the server. The server runs in this process. */
async function startOfASession(form) {
  const [command, args] = started(form, 0);
  shipperLives(true);
  const begun = process.hrtime.bigint();
  const { stdout } = await run(command, args, {
    input: JSON.stringify({ cwd: home, source: "startup" }),
    env: ENVIRONMENT,
  });
  const milliseconds = Number(process.hrtime.bigint() - begun) / 1e6;
  if (!stdout.includes("bench")) throw new Error("no context was given");
  // The hook of sh starts a shipper, which ends at once if another one holds the lease. If the lease disappeared before
  // the shipper looks, the shipper would keep running.
  await until(() => !fs.existsSync(paths.starting), "the second shipper has ended");
  return milliseconds;
}

/** Measures a prompt that names a file of a large project, each time in another session. */
function promptWithHint(form, round) {
  shipperLives(true);
  fs.writeFileSync(paths.config, '{"hints": true}');
  writeCache(paths, home, { header: "bench", hints: HINTS });
  const input = JSON.stringify({ session_id: `s-${form}-${round}`, cwd: home, prompt: "Look at the file page_7.py" });
  const milliseconds = time(...started(form, PROMPT), input, (stdout) => stdout.includes("page_7.py"));
  dropCache(paths);
  fs.rmSync(paths.config);
  return milliseconds;
}

function time(command, args, input, isRight = () => true) {
  const begun = process.hrtime.bigint();
  const { status, stdout } = spawnSync(command, args, { input, env: ENVIRONMENT });
  const milliseconds = Number(process.hrtime.bigint() - begun) / 1e6;
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  if (!isRight(stdout.toString())) throw new Error(`${command} said nothing`);
  return milliseconds;
}

function shipperLives(does) {
  fs.rmSync(paths.starting, { force: true });
  if (!does) return fs.rmSync(paths.lease, { force: true });
  fs.writeFileSync(paths.lease, "bench");
  const later = new Date(Date.now() + LEASE_MS);
  return fs.utimesSync(paths.lease, later, later);
}

const shuffled = (names) =>
  names
    .map((name) => ({ name, by: Math.random() }))
    .sort((a, b) => a.by - b.by)
    .map(({ name }) => name);

/** Waits for the started shipper. Otherwise its work would count as time of the next variant. */
async function settleAccount(server) {
  const isDone = () =>
    !fs.existsSync(paths.lease) && !fs.existsSync(paths.starting) && fs.readdirSync(paths.spool).length === 0;
  await until(isDone, "the shipper delivers and ends");
  for (const stored of [server.events, server.requests]) stored.clear ? stored.clear() : stored.splice(0);
}

async function measure(server) {
  const runs = variants();
  const results = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const name of shuffled(Object.keys(runs))) {
      results[name].push(await runs[name](round));
      if (name.endsWith("starts a shipper")) await settleAccount(server);
    }
  return results;
}

const at = (sorted, share) => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)];

function report(results) {
  const sorted = Object.entries(results).map(([name, times]) => [name, times.toSorted((a, b) => a - b)]);
  const bare = sorted.find(([name]) => name === "node -e 0")[1];
  console.log(
    `${ROUNDS} runs of each, over ${HOOKS.length} hooks; ${os.cpus().length} processors, ` +
      `Node ${process.versions.node}, ${process.platform}`,
  );
  console.log("ms".padEnd(32), "median", "   p95", "   p99", " × node -e 0", " at p95", "  goal");
  for (const [name, times] of sorted) {
    const figures = [0.5, 0.95, 0.99].map((share) => at(times, share).toFixed(1).padStart(6));
    const ratios = [0.5, 0.95].map((share) => (at(times, share) / at(bare, share)).toFixed(3));
    console.log(
      name.padEnd(32),
      ...figures,
      ratios[0].padStart(12),
      ratios[1].padStart(7),
      (GOALS[name] ?? "").padStart(7),
    );
  }
}

async function main() {
  const server = await startServer();
  server.context = { markdown: "# bench", tokens: 2, items: [] };
  fs.writeFileSync(paths.auth, JSON.stringify({ url: server.url, token: server.token }));
  try {
    report(await measure(server));
  } finally {
    await server.stop();
    fs.rmSync(paths.auth, { force: true });
    fs.rmSync(home, { recursive: true, force: true, maxRetries: 50, retryDelay: 50 });
  }
}

main();
