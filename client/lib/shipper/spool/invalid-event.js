"use strict";

/** A file that is no event and can never become one, whatever the program or the machine does. */
class InvalidEventError extends Error {}

module.exports = { InvalidEventError };
