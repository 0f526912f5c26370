"use strict";

/** Something the user can mend; its message is one line that says how. */
class Trouble extends Error {}

module.exports = { Trouble };
