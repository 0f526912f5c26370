"use strict";
const { formatCommands } = require("./command-text.js");
const { commands, USAGE } = require("./commands/index.js");
const { parse, UsageError } = require("./commands/options.js");
const { resolvePaths } = require("./paths.js");
const { drawCount, makeByteProgress } = require("./progress.js");
const { describeFileError, UserError } = require("./user-error.js");
const { version } = require("../package.json");

const EXIT = { ok: 0, problem: 1, usage: 2 };

async function main(args) {
  if (args[0] === "--version" || args[0] === "-v") return { lines: [version] };
  const command = commands[args[0]];
  if (!command && (args.length === 0 || ["--help", "-h", "help"].includes(args[0])))
    return { lines: [USAGE], isVerbatim: true };
  if (!command) throw new UsageError(`there is no command "${args[0]}"`);
  if (args.includes("--help") || args.includes("-h")) return { lines: [command.help], isVerbatim: true };
  return command.run(parse(args.slice(1), command), {
    onProgress: drawCount,
    onBytes: makeByteProgress(),
    say: (text) => console.error(text),
  });
}

function describeFailure(error) {
  if (error instanceof UsageError) return { code: EXIT.usage, text: `memfog: ${error.message}. Try memfog --help` };
  if (error instanceof UserError) return { code: EXIT.problem, text: `memfog: ${error.message}` };
  const description = describeFileError(error);
  const text = description ? `${description.text}; ${description.remedy}.` : error.message;
  return { code: EXIT.problem, text: `memfog: ${process.env.MEMFOG_DEBUG ? error.stack : text}` };
}

/** Runs the command of these arguments and prints its result. */
function run(args) {
  return main(args).then(
    ({ lines, ok = true, isVerbatim = false }) => {
      if (lines.length) console.log(isVerbatim ? lines.join("\n") : formatText(lines.join("\n")));
      process.exitCode = ok ? EXIT.ok : EXIT.problem;
    },
    (error) => {
      const { code, text } = describeFailure(error);
      console.error(formatText(text));
      process.exitCode = code;
    },
  );
}

/** Replaces commands in a message by what to type on this machine. */
function formatText(text) {
  try {
    return formatCommands(resolvePaths(), text);
  } catch {
    // Without a home folder there is no launcher.
    return text;
  }
}

module.exports = { run };
