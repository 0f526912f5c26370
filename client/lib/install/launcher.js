"use strict";
const { OLDEST } = require("../node-version.js");
const { FALLBACK_NODES } = require("./node-choice.js");

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const NO_NODE =
  `memfog: no Node ${OLDEST} or later starts here. ` + "Install one (https://nodejs.org), then run this again.";

const CHECK = `process.exit(parseInt(process.versions.node, 10) < ${OLDEST} ? 1 : 0)`;

/**
 * The scripts that start the program with the first Node that is new enough, as {name, text}. On Windows git runs its
 * hooks in a shell of its own, where cmd would take quotation marks and options for other ones.
 */
const launchers = (platform, values) => [forSh(values), ...(platform === "win32" ? [forCmd(values)] : [])];

function forSh({ home, node, program }) {
  return {
    name: "memfog",
    text: `#!/bin/sh
# Memfog's commands, without npx: with the Node that they were installed with, or the first that is new enough.
export MEMFOG_HOME=${quote(home)}
for node in ${[quote(node), ...FALLBACK_NODES].join(" ")}; do
  command -v "$node" >/dev/null 2>&1 || continue
  "$node" -e '${CHECK}' </dev/null >/dev/null 2>&1 || continue
  exec "$node" ${quote(program)} "$@"
done
echo ${quote(NO_NODE)} >&2
exit 1
`,
  };
}

/** In cmd a doubled percent sign stands for one. */
function forCmd(values) {
  const [home, node, program] = [values.home, values.node, values.program].map((text) => text.replaceAll("%", "%%"));
  const escaped = NO_NODE.replace(/[()]/g, "^$&");
  const lines = [
    "@setlocal",
    `@set "MEMFOG_HOME=${home}"`,
    `@set "MEMFOG_NODE=${node}"`,
    '@if not exist "%MEMFOG_NODE%" set "MEMFOG_NODE=node"',
    `@if "%MEMFOG_NODE%"=="node" where node >nul 2>nul || (echo ${escaped} 1>&2 & exit /b 1)`,
    `@"%MEMFOG_NODE%" "${program}" %*`,
  ];
  return { name: "memfog.cmd", text: `${lines.join("\r\n")}\r\n` };
}

module.exports = { launchers };
