"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames, readJson } = require("../files.js");
const { readConfig } = require("../privacy/config.js");
const { pauses } = require("../privacy/pause.js");
const { UserError } = require("../user-error.js");
const { bad, good, runCheck } = require("./finding.js");

const DELIVERY_TIMEOUT_MS = 15 * 60_000;
const LOSS_REPORT_LIFETIME_MS = 7 * 86_400_000;

/** Findings about waiting events, rejected events, lost events, and privacy settings. */
function queue(
  paths,
  { waiting, oldest, quarantined, closed, otherAccounts },
  { last_delivery: lastDelivery = null, stopped = null, dropped = null, stuck = null, died = null },
) {
  return [
    checkDelivery(waiting, oldest, lastDelivery, newerOf(stopped, died)),
    checkSpool(paths, closed, stuck),
    checkAccounts(otherAccounts),
    runCheck("quarantine", () => checkQuarantine(paths, quarantined)),
    runCheck("lost", () => checkLost(paths, dropped)),
    runCheck("privacy", () => checkPrivacy(paths)),
  ];
}

/** The later of two problems. */
/** Of two in the same millisecond it is the second. */
const newerOf = (a, b) => (a && b && Date.parse(a.at) > Date.parse(b.at) ? a : (b ?? a));

/** Files that stay in the spool because they can not be read, or because this version can not process them. */
function checkSpool(paths, closed, stuck) {
  if (closed.length)
    return bad(
      "spool",
      `${closed.length} file(s) belong to another user and are skipped, such as ${closed[0]}`,
      `sudo chown -R "$(id -un)" ${quoted(paths.home)}`,
    );
  if (stuck)
    return bad(
      "spool",
      `${stuck.count} file(s) are skipped for now: ${stuck.reason}`,
      "run memfog update, or memfog connect claude-code with the newest version",
    );
  return good("spool", "no file is skipped");
}

const quoted = (file) => `'${file.replaceAll("'", "'\\''")}'`;

function checkAccounts(otherAccounts) {
  if (otherAccounts.length === 0) return good("accounts", "no events wait for another account");
  return good(
    "accounts",
    otherAccounts
      .map(
        ({ url, email, count }) =>
          `${count} event(s) wait for ${email ?? "another account"} at ${url} until that account is connected again`,
      )
      .join("; "),
  );
}

function checkDelivery(waiting, oldest, lastDelivery, stopped) {
  const text = `${waiting} event(s) waiting, last delivery ${lastDelivery ?? "never"}`;
  if (waiting === 0) return good("delivery", text);
  if (stopped)
    return bad(
      "delivery",
      `${text}; stopped since ${stopped.at}: ${stopped.reason}`,
      "run memfog flush once that is fixed",
    );
  if (Date.now() - oldest > DELIVERY_TIMEOUT_MS)
    return bad(
      "delivery",
      `${text}; the oldest since ${new Date(oldest).toISOString()}`,
      "run memfog flush, which says what keeps them",
    );
  return good("delivery", text);
}

function checkQuarantine(paths, quarantined) {
  if (quarantined === 0) return good("quarantine", "empty");
  const reasons = listNames(paths.quarantine)
    .filter((name) => name.endsWith(".why"))
    .map((name) => readJson(path.join(paths.quarantine, name)) ?? {});
  const ownCount = reasons.filter(({ by, code }) => by === "memfog" || code === "unreadable").length;
  const parts = [
    [quarantined - ownCount, "event(s) that the server rejected"],
    [ownCount, "file(s) that Memfog could not read"],
  ].filter(([count]) => count > 0);
  return bad(
    "quarantine",
    parts.map(([count, description]) => `${count} ${description}`).join(", "),
    `read the reasons in ${paths.quarantine}; run memfog flush --again once they are gone`,
  );
}

function checkLost(paths, dropped) {
  const unwritten = fs.statSync(paths.unwritten, { throwIfNoEntry: false });
  const at = unwritten?.mtime.toISOString();
  if (unwritten && Date.now() - unwritten.mtimeMs < LOSS_REPORT_LIFETIME_MS)
    return bad(
      "lost",
      `${unwritten.size || "some"} event(s) did not fit on the disk, last at ${at}`,
      `free some space; rm ${quoted(paths.unwritten)} removes this note`,
    );
  const text =
    dropped && `${dropped.count} event(s) dropped, last at ${dropped.at}, because too many waited for too long`;
  if (!dropped) return good("lost", "nothing");
  if (Date.now() - Date.parse(dropped.at) > LOSS_REPORT_LIFETIME_MS) return good("lost", text);
  return bad("lost", text, "let memfog flush deliver before the spool is full, or set MEMFOG_SPOOL_BYTES");
}

function checkPrivacy(paths) {
  try {
    const { exclude, hints } = readConfig(paths);
    const given = hints === true ? ["hints are on"] : [];
    const paused = pauses(paths).map(
      ({ project, until }) =>
        `paused ${project ? `in ${project} ` : ""}until ${until ? until.toISOString() : "memfog resume"}`,
    );
    return good("privacy", [`${exclude.length} exclusion(s) in config.json`, ...given, ...paused].join("; "));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return bad("privacy", error.message, `fix ${paths.config}`);
  }
}

module.exports = { queue };
