"use strict";
const fs = require("node:fs");
const { readIfThere } = require("../files.js");

const LINE = /^([\w.-]{1,128}) (\d{1,19})$/;

/**
 * Which sessions the hooks have captured, and from when on (nanoseconds): `import` leaves that part alone.
 * One line for each session, appended; `note` is called before a spool file goes, so that a crash forgets none.
 */
function capturedSessions(place) {
  const known = new Map();
  for (const line of (readIfThere(place.captured) ?? "").split("\n")) {
    const [, session, time] = LINE.exec(line) ?? [];
    if (session && !(known.get(session) <= BigInt(time))) known.set(session, BigInt(time));
  }
  return {
    since: (session) => known.get(session) ?? null,
    note(session, time) {
      if (typeof session !== "string" || known.get(session) <= time || !LINE.test(`${session} ${time}`)) return;
      known.set(session, time);
      fs.appendFileSync(place.captured, `${session} ${time}\n`, { mode: 0o600 });
    },
  };
}

module.exports = { capturedSessions };
