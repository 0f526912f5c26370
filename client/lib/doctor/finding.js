"use strict";
const { describeFileError } = require("../user-error.js");

/** A finding that is well. */
const good = (name, text) => ({ name, ok: true, text, remedy: null });

/** A finding that is not, with what to do about it. */
const bad = (name, text, remedy) => ({ name, ok: false, text, remedy });

/** What a look finds; where the look itself fails, why, so that the others are told all the same. */
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
