"use strict";
const { readIfThere } = require("../files.js");
const { whatHostsKnow } = require("../host-knows.js");
const { inspect } = require("../settings-file.js");
const { capture } = require("./capture.js");
const { disk } = require("./disk.js");
const { bad, good } = require("./finding.js");
const { hooks, neverRun } = require("./hooks.js");
const { policy } = require("./policy.js");
const { refusalOf } = require("./settings-verdict.js");

const DEFAULT_RETENTION = 30;

/** Findings about Claude Code: what it reads, what it may run, and whether our hooks are among it. */
function host(place) {
  const { looked, known, broken } = look(place);
  return [
    broken ?? good("settings", "Claude Code can read its settings"),
    ...(looked.some((one) => !one.valid) ? [] : [hooks(place, looked, known)]),
    policy(place),
    ...disk(place),
    retention(looked),
    capture(place),
  ];
}

/**
 * The finding of what keeps hooks from running at all, or null. `hosts` are the Claude Codes here, where they were
 * asked already.
 */
function hindrance(place, hosts) {
  const { looked, known, broken } = look(place, hosts);
  return [broken ?? neverRun(looked, known), policy(place)].find((one) => one && !one.ok) ?? null;
}

function look(place, hosts) {
  const looked = [place.settings, place.sharedSettings, place.projectSettings].map((file) => ({
    file,
    ...inspect(file),
  }));
  const known = whatHostsKnow({ hosts });
  const wrong = looked.find((one) => !one.valid) ?? refused(looked, known);
  return {
    looked,
    known,
    broken:
      wrong &&
      bad("settings", wrong.reason, `mend ${wrong.file}: Claude Code passes over the whole of it, and says nothing`),
  };
}

/** The settings that one of the installed versions refuses whole, with the reason. */
function refused(looked, { hosts }) {
  const versions = hosts.length ? hosts.map(({ version }) => version) : undefined;
  const wrong = looked
    .map((one) => ({ ...one, refusal: refusalOf(one.settings, versions, { hasMark: hasMark(one.file) }) }))
    .find((one) => one.refusal);
  return (
    wrong && {
      ...wrong,
      reason: `${wrong.refusal.what} in ${wrong.file}, which Claude Code ${wrong.refusal.version} does not take`,
    }
  );
}

const hasMark = (file) => (readIfThere(file) ?? "").startsWith("\ufeff");

function retention(looked) {
  const days =
    looked.findLast((one) => typeof one.settings.cleanupPeriodDays === "number")?.settings.cleanupPeriodDays ??
    DEFAULT_RETENTION;
  return good(
    "retention",
    `Claude Code deletes its transcripts after ${days} days ("cleanupPeriodDays"); what Memfog has stays`,
  );
}

module.exports = { host, hindrance };
