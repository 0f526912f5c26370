"use strict";
const { readIfExists } = require("../files.js");
const { findSupportedEvents } = require("../hosts/host-support.js");
const { inspectSettings } = require("../settings/settings-file.js");
const { capture } = require("./capture.js");
const { disk } = require("./disk.js");
const { bad, good } = require("./finding.js");
const { hooks, findDisabled } = require("./hook-entries.js");
const { policy } = require("./policy.js");
const { findRefusal } = require("./settings-refusal.js");

const DEFAULT_RETENTION = 30;

/** Findings about Claude Code: its settings, its policy, and our hooks. */
function host(paths) {
  const { settingsFiles, support, problem } = inspectAll(paths);
  return [
    problem ?? good("settings", "Claude Code can read its settings"),
    ...(settingsFiles.some((one) => !one.valid) ? [] : [hooks(paths, settingsFiles, support)]),
    policy(paths),
    ...disk(paths),
    retention(settingsFiles),
    capture(paths),
  ];
}

/**
 * The finding that keeps hooks from running at all, or null. `hosts` are the Claude Codes here, if they are known
 * already.
 */
function findBlocker(paths, hosts) {
  const { settingsFiles, support, problem } = inspectAll(paths, hosts);
  return [problem ?? findDisabled(settingsFiles, support), policy(paths)].find((one) => one && !one.ok) ?? null;
}

function inspectAll(paths, hosts) {
  const settingsFiles = [paths.settings, paths.sharedSettings, paths.projectSettings].map((file) => ({
    file,
    ...inspectSettings(file),
  }));
  const support = findSupportedEvents({ hosts });
  const invalid = settingsFiles.find((one) => !one.valid) ?? findRefusedFile(settingsFiles, support);
  return {
    settingsFiles,
    support,
    problem:
      invalid &&
      bad("settings", invalid.reason, `fix ${invalid.file}: Claude Code ignores the whole file without a message`),
  };
}

/** The settings file that one of the installed versions rejects, with the reason. */
function findRefusedFile(settingsFiles, { hosts }) {
  const versions = hosts.length ? hosts.map(({ version }) => version) : undefined;
  const invalid = settingsFiles
    .map((one) => ({ ...one, refusal: findRefusal(one.settings, versions, { hasMark: hasMark(one.file) }) }))
    .find((one) => one.refusal);
  if (!invalid) return undefined;
  const { problem, version } = invalid.refusal;
  return { ...invalid, reason: `${problem} in ${invalid.file}, which Claude Code ${version} rejects` };
}

const hasMark = (file) => (readIfExists(file) ?? "").startsWith("\ufeff");

function retention(settingsFiles) {
  const days =
    settingsFiles.findLast((one) => typeof one.settings.cleanupPeriodDays === "number")?.settings.cleanupPeriodDays ??
    DEFAULT_RETENTION;
  return good(
    "retention",
    `Claude Code deletes its transcripts after ${days} days ("cleanupPeriodDays"); what Memfog has stays`,
  );
}

module.exports = { host, findBlocker };
