"use strict";
const { readConfig } = require("../privacy/config.js");
const { pauses } = require("../privacy/pause.js");
const { Trouble } = require("../trouble.js");
const { bad, good } = require("./finding.js");

const PATIENCE_MS = 15 * 60_000;
const MOURNED_MS = 7 * 86_400_000;

/** Findings about what waits, what the server would not take, what was lost, and what is kept back. */
function queue(place, { waiting, oldest, quarantined }, { last_delivery: lastDelivery = null, stopped = null, dropped = null }) {
  return [delivery(waiting, oldest, lastDelivery, stopped), aside(place, quarantined), lost(dropped), privacy(place)];
}

function delivery(waiting, oldest, lastDelivery, stopped) {
  const text = `${waiting} event(s) waiting, last delivery ${lastDelivery ?? "never"}`;
  if (waiting === 0) return good("delivery", text);
  if (stopped) return bad("delivery", `${text}; stopped since ${stopped.at}: ${stopped.reason}`, "run memfog flush once that is mended");
  if (Date.now() - oldest > PATIENCE_MS) return bad("delivery", `${text}; the oldest since ${new Date(oldest).toISOString()}`, "run memfog flush, which says what keeps them");
  return good("delivery", text);
}

function aside(place, quarantined) {
  if (quarantined === 0) return good("quarantine", "empty");
  return bad("quarantine", `${quarantined} event(s) the server would not take`, `read the reasons in ${place.quarantine}`);
}

function lost(dropped) {
  const text = dropped && `${dropped.count} event(s) dropped, last at ${dropped.at}, since too many waited for too long`;
  if (!dropped) return good("lost", "nothing");
  if (Date.now() - Date.parse(dropped.at) > MOURNED_MS) return good("lost", text);
  return bad("lost", text, "let memfog flush deliver before the spool is full, or set MEMFOG_SPOOL_BYTES");
}

function privacy(place) {
  try {
    const { exclude } = readConfig(place);
    const paused = pauses(place).map(({ project, until }) => `paused ${project ? `in ${project} ` : ""}until ${until ? until.toISOString() : "memfog resume"}`);
    return good("privacy", [`${exclude.length} exclusion(s) in config.json`, ...paused].join("; "));
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return bad("privacy", error.message, `mend ${place.config}`);
  }
}

module.exports = { queue };
