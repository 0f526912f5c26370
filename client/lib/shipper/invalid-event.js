"use strict";

/** A file that is no event and can never be one: the file's fault, and not that of the program or the machine. */
class InvalidEventError extends Error {}

module.exports = { InvalidEventError };
