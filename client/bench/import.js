"use strict";
// Measures the first and the second import of the same transcripts: `node bench/import.js [--mb 18] [--client BIN]`.
// The transcripts are copies of a recorded session.
const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { parseArgs } = require("node:util");
const { startServer } = require("../testing/server.js");
const { BIN, run } = require("../testing/scratch.js");

const KEPT = path.join(__dirname, "..", "test", "transcripts", "tour", "projects");
const { values } = parseArgs({
  options: { mb: { type: "string", default: "18" }, client: { type: "string", default: BIN } },
});

function fill(projects, bytes) {
  const files = fs.readdirSync(KEPT, { recursive: true }).filter((name) => fs.statSync(path.join(KEPT, name)).isFile());
  for (let made = 0; made < bytes; ) {
    // Each copy gets new ids, which are the same in all of its files.
    const fresh = new Map();
    const renamed = (text) =>
      text.replace(
        /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(?:toolu|msg|req)_\w+/g,
        (id) =>
          fresh.get(id) ??
          fresh
            .set(id, id.includes("_") ? `${id}${crypto.randomBytes(4).toString("hex")}` : crypto.randomUUID())
            .get(id),
      );
    for (const name of files) {
      const text = renamed(fs.readFileSync(path.join(KEPT, name), "utf8"));
      const file = path.join(projects, renamed(name));
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text);
      made += text.length;
    }
  }
}

async function main() {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "memfog-bench-"));
  const server = await startServer();
  try {
    fill(path.join(home, ".claude", "projects"), Number(values.mb) * 1e6);
    const environment = { PATH: process.env.PATH, HOME: home, MEMFOG_LINGER: "0" };
    const memfog = (...args) =>
      run(process.execPath, [path.resolve(values.client), ...args], { cwd: home, env: environment });
    await memfog("connect", "claude-code", "--token", server.token, "--api", server.url, "--no-import");
    for (const which of ["first", "second"]) {
      const [started, before] = [Date.now(), process.resourceUsage()];
      const { stdout, stderr } = await memfog("import");
      const sent = server.requests.reduce((sum, { events }) => sum + events.length, 0);
      console.log(
        JSON.stringify({
          which,
          seconds: (Date.now() - started) / 1_000,
          server_ms: (process.resourceUsage().userCPUTime - before.userCPUTime) / 1_000,
          sent,
          said: `${stdout}${stderr}`
            .trim()
            .split("\n")
            .map((line) => line.slice(0, 100)),
        }),
      );
      server.requests.length = 0;
    }
  } finally {
    await server.stop();
    fs.rmSync(home, { recursive: true, force: true });
  }
}

main();
