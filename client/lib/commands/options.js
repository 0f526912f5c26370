"use strict";
const { parseArgs } = require("node:util");

/** The command line is invalid; exit code 2. */
class UsageError extends Error {}

/**
 * Parses the options of a command into an object; `command` declares them, and whether a host tool must be named, or a
 * path may be: it becomes `target`.
 */
function parse(args, { options, takesTool = false, takesPath = false }) {
  const { values, positionals } = parsed(args, options);
  if (takesPath) values.target = positionals.shift();
  const [tool, ...rest] = takesTool ? positionals : [null, ...positionals];
  if (takesTool && tool !== "claude-code")
    throw new UsageError(tool ? `"${tool}" can not be connected; claude-code can` : "say what: claude-code");
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" was not expected`);
  return values;
}

function parsed(args, options) {
  try {
    return parseArgs({ args: args, options, allowPositionals: true });
  } catch (error) {
    // The first sentence of Node's message names the option; the rest is advice about `--`.
    throw new UsageError(error.message.split(/\.\s/)[0].replace(/\.$/, ""));
  }
}

module.exports = { parse, UsageError };
