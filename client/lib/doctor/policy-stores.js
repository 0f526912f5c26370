"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { listIfReadable } = require("../files.js");

const ANSWER_TIMEOUT_MS = 5_000;
const DOMAIN = "com.anthropic.claudecode.plist";
const [MACHINE_KEY, USER_KEY] = ["HKLM\\SOFTWARE\\Policies\\ClaudeCode", "HKCU\\SOFTWARE\\Policies\\ClaudeCode"];
// Where an administrator's files are; within Windows' Linux, those of Windows.
const FOLDERS = { darwin: "/Library/Managed Preferences", linux: "/mnt/c/Program Files/ClaudeCode" };
const WINDOWS_REG = "/mnt/c/Windows/System32/reg.exe";

/**
 * The policies in the system's own stores, as [{from, text}], read by the system's own commands. `text` is the policy
 * as JSON, empty if the store holds none, and null if the command is missing, fails or does not answer.
 */
const readStores = (platform = process.platform, folder = FOLDERS[platform], { timeout = ANSWER_TIMEOUT_MS } = {}) =>
  STORES[platform]?.(folder, (program, args) => runProgram(program, args, timeout)) ?? [];

const STORES = {
  darwin: (folder, run) =>
    [DOMAIN, path.join(os.userInfo().username, DOMAIN)]
      .map((name) => path.join(folder, name))
      .filter((file) => fs.existsSync(file))
      .map((file) => ({ from: file, text: readPreferences(file, run) })),
  win32: (_folder, run) => [MACHINE_KEY, USER_KEY].map((key) => readRegistry(key, "reg", run)),
  linux: (folder, run) => (isWindowsBelow() ? readInherited(folder, run) : []),
};

function readPreferences(file, run) {
  const { status, stdout } = run("plutil", ["-convert", "json", "-o", "-", file]);
  return status === 0 ? stdout : null;
}

/** `reg` ends with 1 if the key or its value does not exist. */
function readRegistry(key, program, run) {
  const { status, stdout } = run(program, ["query", key, "/v", "Settings"]);
  return { from: key, text: status === 0 ? settingsIn(stdout) : status === 1 ? "" : null };
}

/** Claude Code within Windows' Linux reads the policies of Windows only if one of them says so, and names itself. */
function readInherited(folder, run) {
  const program = fs.existsSync(WINDOWS_REG) ? WINDOWS_REG : "reg.exe";
  const ofMachine = [readRegistry(MACHINE_KEY, program, run), ...listPolicyFiles(folder).map(readFile)];
  if (!ofMachine.some(isInherited)) return [];
  return [...ofMachine, ...[readRegistry(USER_KEY, program, run)].filter(isInherited)];
}

const isInherited = ({ text }) => parseSettings(text ?? "")?.wslInheritsWindowsSettings === true;

function isWindowsBelow() {
  return Boolean(process.env.WSL_DISTRO_NAME) || /microsoft/i.test(readFile("/proc/version").text);
}

/** The files of a policy folder: the main one, then its parts in their order. */
function listPolicyFiles(folder) {
  const parts = path.join(folder, "managed-settings.d");
  const names = listIfReadable(parts).filter((name) => name.endsWith(".json"));
  return [path.join(folder, "managed-settings.json"), ...names.sort().map((name) => path.join(parts, name))];
}

/** A file as {from, text}; the text is empty if it may not be read: Claude Code can not read it either. */
function readFile(file) {
  try {
    return { from: file, text: fs.readFileSync(file, "utf8") };
  } catch {
    return { from: file, text: "" };
  }
}

/** SIGKILL: a program that hangs may ignore others. */
const runProgram = (program, args, timeout) =>
  spawnSync(program, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout,
    killSignal: "SIGKILL",
    windowsHide: true,
  });

/** The value from the output of `reg query`: name, type, and a text that may have several lines. */
const settingsIn = (output) => /^\s+Settings\s+REG_(?:EXPAND_)?SZ\s+([\s\S]*)/m.exec(output)?.[1].trim() ?? "";

/** The settings in a text, or null if it is no JSON. */
function parseSettings(text) {
  try {
    return JSON.parse(text.replace(/^\ufeff/, "") || "{}");
  } catch {
    return null;
  }
}

module.exports = { readStores, listPolicyFiles, readFile, parseSettings };
