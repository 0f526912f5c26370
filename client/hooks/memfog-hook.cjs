// Memfog's capture hook for Claude Code where there is no sh. It behaves like memfog-hook.sh, which gives the reasons.
// Its arguments: the hook, and the registration that fired it. Without arguments it only drains stdin. It requires
// node:fs alone until it must start a shipper: each further module costs milliseconds per tool call.
"use strict";
const fs = require("node:fs");

const home = "@home@";
const client = "@client@";
const CLAIM_LIFETIME_MS = 60_000;
const LEASE_LIMIT_MS = 60_000;

function claim(path) {
  try {
    return fs.openSync(path, "wx+", 0o600);
  } catch (error) {
    if (error.code === "EEXIST") return null;
    throw error;
  }
}

function openSpoolFile() {
  fs.mkdirSync(`${home}/spool`, { recursive: true, mode: 0o700 });
  for (let tries = 0; tries <= 50; tries += 1) {
    const name = tries ? `${process.pid}.${tries}` : String(process.pid);
    const file = claim(`${home}/spool/${name}`);
    if (file !== null) return { name, file };
  }
  throw new Error("no name is free");
}

function copyStdin(file, hook) {
  const chunk = Buffer.allocUnsafe(65_536);
  for (let isFirst = true, length; (length = readStdin(chunk)) > 0; isFirst = false) {
    write(file, chunk.subarray(0, length));
    // At the end of a session stdin may stay open: the first bytes are everything, if they end like JSON.
    if (isFirst && hook === "session_end" && chunk.toString("latin1", 0, length).trimEnd().endsWith("}")) return;
  }
}

/** Waits for bytes on stdin and returns their number; 0 at the end. */
function readStdin(chunk) {
  for (;;) {
    try {
      return fs.readSync(0, chunk);
    } catch (error) {
      if (error.code === "EOF") return 0;
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** A writer would die of a broken pipe if nothing read its output. */
function drainStdin() {
  const chunk = Buffer.allocUnsafe(65_536);
  while (readStdin(chunk) > 0);
}

function write(file, bytes) {
  for (let written = 0; written < bytes.length; ) written += fs.writeSync(file, bytes, written);
}

function spool(hook, registration) {
  const { name, file } = openSpoolFile();
  const path = `${home}/spool/${name}`;
  let content = null;
  try {
    if (isPaused(path)) {
      fs.closeSync(file);
      fs.rmSync(path, { force: true });
      drainStdin();
      return null;
    }
    const from = `${registration && ` ${registration}`}${origin()}`;
    write(file, Buffer.from(`memfog 1 ${hook}${from}\n${process.env.CLAUDE_PROJECT_DIR ?? ""}\0`));
    copyStdin(file, hook);
    write(file, Buffer.from(`\0memfog ${name}\n`));
    // A shipper may take the file as soon as it is closed.
    if (hook === "session_start" || (hook === "prompt_submit" && hasHints(path))) content = contentOf(file);
    fs.closeSync(file);
  } catch (error) {
    fs.rmSync(path, { force: true });
    // One byte per event that did not fit on the disk; removing the file has just freed some space.
    fs.appendFileSync(`${home}/unwritten`, ".", { mode: 0o600 });
    throw error;
  }
  return { path, content };
}

/** How the host was started, and its process id, as the last word of the first line. */
function origin() {
  const name = process.env.CLAUDE_CODE_ENTRYPOINT ?? "";
  return ` @${/^[\w-]+$/.test(name) ? name : ""}^${process.ppid}`;
}

function contentOf(file) {
  const content = Buffer.alloc(fs.fstatSync(file).size);
  return content.subarray(0, fs.readSync(file, content, 0, content.length, 0));
}

/** Whether lines about the folder of a prompt are at hand, until the time of their file: see lib/hints. */
const hasHints = (spooled) => modified(`${home}/hints/${projectPath()}/lines.json`) > modified(spooled);

const projectPath = () => (process.env.CLAUDE_PROJECT_DIR ?? "").replace(/^([A-Za-z]):/, "$1");

function isPaused(spooled) {
  const project = projectPath();
  const now = modified(spooled);
  return modified(`${home}/paused/until`) > now || modified(`${home}/paused/${project}/until`) > now;
}

function modified(path) {
  return fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function claimTheStart() {
  const starting = `${home}/starting`;
  let file = claim(starting);
  if (file === null && Math.abs(Date.now() - modified(starting)) > CLAIM_LIFETIME_MS) {
    fs.rmSync(starting, { force: true });
    file = claim(starting);
  }
  if (file === null) return false;
  fs.closeSync(file);
  return true;
}

function startShipper() {
  const { spawn } = require("node:child_process");
  // This Node works; a recorded one may be gone.
  spawn(process.execPath, [`${client}/lib/shipper/run.js`, home], {
    detached: true,
    stdio: "ignore",
    windowsHide: true,
    cwd: home,
    env: { ...process.env, NODE_OPTIONS: "" },
  }).unref();
}

/** Prints the context of a new session, or lines that a prompt calls for: the only output that is allowed. */
async function speak(hook, content) {
  const answer = hook === "prompt_submit" ? "hints" : "context";
  // `connect` joins a program and its modules into one file, which loads sooner.
  const joined = `${client}/joined/${answer}.js`;
  const { run } = require(fs.existsSync(joined) ? joined : `${client}/lib/${answer}/run.js`);
  await run(home, content);
}

async function capture(hook, registration = "") {
  if (!hook || !fs.existsSync(`${home}/auth.json`)) return drainStdin();
  const spooled = spool(hook, registration);
  if (spooled === null) return;
  const ahead = modified(`${home}/lease`) - modified(spooled.path);
  // A wrong clock may have left a lease far ahead: at the start of a session a shipper checks that.
  const isAttended = ahead > 0 && (hook !== "session_start" || ahead < LEASE_LIMIT_MS);
  // The shipper starts afterwards: two programs that start at once take longer.
  if (spooled.content) await speak(hook, spooled.content).catch(() => {});
  if (!isAttended && claimTheStart()) startShipper();
}

// Memory must never break a session.
capture(process.argv[2], process.argv[3])
  .catch(drainStdin)
  .catch(() => {})
  .finally(() => process.exit(0));
