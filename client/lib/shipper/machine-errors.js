"use strict";

const MACHINE_ERRORS = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE"]);

/** Whether an error is one of the machine, not of a file: what waits stays where it is. */
const isMachineError = (error) => MACHINE_ERRORS.has(error.code);

module.exports = { isMachineError };
