// What a hook adds to a session, and the event about it. Loads little: a session waits for it.
"use strict";
const { readOrigin, spoolEvent } = require("../shipper/spool/spool-event.js");

/**
 * {hook, registration, entrypoint, hostPid, root, text, payload} of a spool file that the hook itself has just written,
 * or null.
 */
function parseSpooled(spooled) {
  const line = spooled.indexOf(10);
  const nul = spooled.indexOf(0, line + 1);
  const end = spooled.lastIndexOf("\0memfog ");
  if (line < 0 || nul < 0 || end <= nul) return null;
  const [, hook = "", registration = "", origin] =
    /^memfog 1 (\w+)(?: (\w+))?(?: @(\S+))?$/.exec(spooled.toString("utf8", 0, line)) ?? [];
  const text = spooled.toString("utf8", nul + 1, end);
  const payload = JSON.parse(text);
  return payload !== null && typeof payload === "object"
    ? { hook, registration, ...readOrigin(origin), root: spooled.toString("utf8", line + 1, nul), text, payload }
    : null;
}

/** Records what a session received: `given` is {source, tokens, items, characters, cut}, without the text itself. */
function recordInjection(paths, { root, payload }, given) {
  const { session_id: session, prompt_id: prompt, cwd } = payload;
  spoolEvent(paths, {
    name: "ContextInjected",
    id: randomId(),
    time: BigInt(Date.now()) * 1_000_000n,
    root,
    payload: JSON.stringify({ session_id: session, prompt_id: prompt, cwd, ...given }),
  });
}

/** A random UUID, which need not be secret: node:crypto would take longer to load than all of this. */
function randomId() {
  const digits = Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16));
  digits[12] = "4";
  digits[16] = "89ab"[Math.floor(Math.random() * 4)];
  return digits.join("").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

module.exports = { parseSpooled, recordInjection };
