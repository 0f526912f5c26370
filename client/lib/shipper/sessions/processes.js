"use strict";
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const { readIfExists } = require("../../files.js");

const PS_TIMEOUT_MS = 2_000;
// Linux counts the start of a process in hundredths of a second since the machine started, for all programs.
const TICK_MS = 10;
// Members of /proc/PID/stat behind the name of the program, which may itself hold spaces and brackets.
const [STATE, PARENT, START] = [0, 1, 19];
const DEAD_STATES = new Set(["Z", "X", "x"]);

/**
 * A process as {pid, parent, start, startMs, command, isDead}, or null if the system does not report it. `start`
 * differs for each process that ever has this id, also after a restart of the machine. A dead one waits until its
 * parent reads its exit status.
 */
function describeProcess(pid) {
  if (process.platform === "win32") return null;
  return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
}

function fromProc(pid) {
  const stat = readIfPossible(`/proc/${pid}/stat`);
  const boot = readIfPossible("/proc/sys/kernel/random/boot_id").trim();
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // With too many open files only one of the two may be readable: half of a start would look like another process.
  if (stat === "" || boot === "") return null;
  const startMs = bootTime() + Number(fields[START]) * TICK_MS;
  return {
    ...{ pid, parent: Number(fields[PARENT]), startMs, isDead: DEAD_STATES.has(fields[STATE]) },
    start: `${boot} ${fields[START]}`,
    command: readIfPossible(`/proc/${pid}/cmdline`).split("\0"),
  };
}

const bootTime = () => Number(/^btime (\d+)$/m.exec(readIfPossible("/proc/stat"))?.[1]) * 1_000;

/** A process may end while it is read. */
const readIfPossible = (file) => tryTo(() => readIfExists(file)) ?? "";

function tryTo(read) {
  try {
    return read();
  } catch {
    return null;
  }
}

/**
 * Where process ids mean the same: containers and machines may share a home, and have their own processes. A restart of
 * the machine changes nothing; a restart of a container does.
 */
function processNamespace() {
  if (process.platform !== "linux") return process.platform;
  return `${os.hostname()} ${tryTo(() => fs.readlinkSync("/proc/self/ns/pid")) ?? ""}`.trim();
}

/** The folder in which a process works, without links; null if the system does not report it. */
const folderOfProcess = (pid) => tryTo(() => fs.readlinkSync(`/proc/${pid}/cwd`));

function fromPs(pid) {
  const [, parent, state, start, command] =
    /^\s*(\d+)\s+(\S+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(ps(pid)) ?? [];
  if (!parent) return null;
  const isDead = DEAD_STATES.has(state[0]);
  return {
    pid,
    parent: Number(parent),
    start,
    startMs: Date.parse(`${start} UTC`),
    command: command.split(" "),
    isDead,
  };
}

function ps(pid) {
  const args = ["-ww", "-o", "ppid=,stat=,lstart=,command=", "-p", String(pid)];
  // In local time the start of a process would change when the machine travels.
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  try {
    return execFileSync("ps", args, { env, timeout: PS_TIMEOUT_MS, encoding: "utf8", stdio: "pipe" }).trimEnd();
  } catch {
    return "";
  }
}

/** Whether this process has certainly ended; false if the system does not report it. */
function hasEnded({ pid, start }) {
  try {
    // One of another user's answers EPERM.
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === "ESRCH") return true;
  }
  const current = describeProcess(pid);
  return current !== null && (current.isDead || current.start !== start);
}

module.exports = { describeProcess, folderOfProcess, fromPs, hasEnded, processNamespace };
