"use strict";
const fs = require("node:fs");
const { readIfExists } = require("../../files.js");

const NEVER = 2n ** 63n;
const LINE = /^([\w.-]{1,128}) (\d{1,19})(?: (\w{1,64})(?: ([\w.-]{1,128}))?)?$/;

/**
 * The sessions that hooks have captured, with the first event of each: {time, hook, about}, in nanoseconds. `import`
 * skips everything after it; `start()` is the time of the very first. The file has one line per session, appended; call
 * `note` before deleting a spool file, so that a crash loses none.
 */
function readSeenSessions(paths) {
  const firstBySession = new Map();
  for (const line of readIfReadable(paths.captured).split("\n")) {
    const [, session, digits, hook = "", about = ""] = LINE.exec(line) ?? [];
    const time = session && BigInt(digits);
    if (session && !(firstBySession.get(session)?.time <= time)) firstBySession.set(session, { time, hook, about });
  }
  return {
    first: (session) => firstBySession.get(session) ?? null,
    start: () => [...firstBySession.values()].reduce((first, { time }) => (time < first ? time : first), NEVER),
    note(session, time, hook, payload) {
      if (typeof session !== "string" || firstBySession.get(session)?.time <= time) return;
      const about = aboutOf(hook, payload);
      const line = [`${session} ${time} ${hook} ${about}`.trimEnd(), `${session} ${time}`].find((text) =>
        LINE.test(text),
      );
      if (!line) return;
      firstBySession.set(session, { time, hook, about });
      appendLine(paths.captured, `${line}\n`);
    },
  };
}

/** A shipper that root started may have left a file of root; it is renamed to make way for our own. */
function readIfReadable(file) {
  try {
    return readIfExists(file) ?? "";
  } catch {
    return "";
  }
}

function appendLine(file, line) {
  try {
    fs.appendFileSync(file, line, { mode: 0o600 });
  } catch (error) {
    if (!["EACCES", "EPERM"].includes(error.code)) throw error;
    fs.renameSync(file, `${file}.of-another-user`);
    fs.appendFileSync(file, line, { mode: 0o600 });
  }
}

/** What distinguishes one firing of a hook from the next, as far as its payload says. */
function aboutOf(hook, payload) {
  const { tool_use_id: toolUseId, agent_id: agentId, source, prompt_id: promptId } = payload ?? {};
  const about = hook === "session_start" ? source : (toolUseId ?? (hook.startsWith("subagent_") ? agentId : promptId));
  return typeof about === "string" ? about : "";
}

module.exports = { readSeenSessions, aboutOf };
