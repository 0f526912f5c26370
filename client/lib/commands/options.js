"use strict";
const { parseArgs } = require("node:util");

/** The command line was not understood; exit code 2. */
class UsageError extends Error {}

/** Options of a command as an object; `command` says which there are, and whether a host tool must be named. */
function parse(words, { options, takesTool = false }) {
  const { values, positionals } = parsed(words, options);
  const [tool, ...rest] = takesTool ? positionals : [null, ...positionals];
  if (takesTool && tool !== "claude-code")
    throw new UsageError(tool ? `"${tool}" can not be connected; claude-code can` : "say what: claude-code");
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" was not expected`);
  return values;
}

function parsed(words, options) {
  try {
    return parseArgs({ args: words, options, allowPositionals: true });
  } catch (error) {
    // Node's own first sentence names the option; what follows is advice about `--`.
    throw new UsageError(error.message.split(/\.\s/)[0].replace(/\.$/, ""));
  }
}

module.exports = { parse, UsageError };
