"use strict";

/** A finding that is well. */
const good = (name, text) => ({ name, ok: true, text, remedy: null });

/** A finding that is not, with what to do about it. */
const bad = (name, text, remedy) => ({ name, ok: false, text, remedy });

const CONNECT = "run memfog connect claude-code";

module.exports = { good, bad, CONNECT };
