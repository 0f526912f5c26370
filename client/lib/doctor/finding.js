"use strict";
const { describeFileError } = require("../user-error.js");

/** A finding that is ok. */
const good = (name, text) => ({ name, ok: true, text, remedy: null });

/** A finding that is not ok, with its remedy. */
const bad = (name, text, remedy) => ({ name, ok: false, text, remedy });

/** The finding of a check; if the check itself fails, a finding about that, so that other checks still report. */
function runCheck(name, check) {
  try {
    return check();
  } catch (error) {
    const { text, remedy } = describeFileError(error) ?? {
      text: error.message,
      remedy: "run memfog update, or report it",
    };
    return bad(name, text, remedy);
  }
}

const CONNECT = "run memfog connect claude-code";

module.exports = { good, bad, runCheck, CONNECT };
