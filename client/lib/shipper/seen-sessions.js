"use strict";
const fs = require("node:fs");
const { readIfThere } = require("../files.js");

const LINE = /^([\w.-]{1,128}) (\d{1,19})(?: (\w{1,64})(?: ([\w.-]{1,128}))?)?$/;

/**
 * Which sessions the hooks have captured, from when on, and what came first: {time, hook, about}, in nanoseconds.
 * `import` leaves all from there on alone. One line for each session, appended; `note` is called before a spool file
 * goes, so that a crash forgets none.
 */
function readSeenSessions(place) {
  const known = new Map();
  for (const line of textOf(place.captured).split("\n")) {
    const [, session, digits, hook = "", about = ""] = LINE.exec(line) ?? [];
    const time = session && BigInt(digits);
    if (session && !(known.get(session)?.time <= time)) known.set(session, { time, hook, about });
  }
  return {
    first: (session) => known.get(session) ?? null,
    note(session, time, hook, payload) {
      if (typeof session !== "string" || known.get(session)?.time <= time) return;
      const about = aboutOf(hook, payload);
      const line = [`${session} ${time} ${hook} ${about}`.trimEnd(), `${session} ${time}`].find((text) =>
        LINE.test(text),
      );
      if (!line) return;
      known.set(session, { time, hook, about });
      append(place.captured, `${line}\n`);
    },
  };
}

/** A shipper that root started may have left a file that is root's; then it is put aside for one of our own. */
function textOf(file) {
  try {
    return readIfThere(file) ?? "";
  } catch {
    return "";
  }
}

function append(file, line) {
  try {
    fs.appendFileSync(file, line, { mode: 0o600 });
  } catch (error) {
    if (!["EACCES", "EPERM"].includes(error.code)) throw error;
    fs.renameSync(file, `${file}.of-another-user`);
    fs.appendFileSync(file, line, { mode: 0o600 });
  }
}

/** What tells one firing of a hook from the next, as far as its payload does. */
function aboutOf(hook, payload) {
  const { tool_use_id: use, agent_id: agent, source, prompt_id: prompt } = payload ?? {};
  const about = hook === "session_start" ? source : (use ?? (hook.startsWith("subagent_") ? agent : prompt));
  return typeof about === "string" ? about : "";
}

module.exports = { readSeenSessions, aboutOf };
