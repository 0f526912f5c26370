// Writes the files of the Claude Code plugin from the table of hooks. Usage: node testing/plugin.js
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { table } = require("../lib/hooks.js");
const { HOOK_TIMEOUT_S, shellLine } = require("../lib/install/install.js");
const { description, version, license } = require("../package.json");

const ROOT = path.join(__dirname, "..", "..");
const HERE = "${CLAUDE_PLUGIN_ROOT}";
const OWNER = { name: "Memfog", url: "https://memfog.com" };

// Written as a variable, because a shell never runs the value of a variable as code. With braces, the host would insert
// the folder's name itself.
const FILE = '"$CLAUDE_PLUGIN_ROOT/hooks/memfog-plugin.sh"';
const handler = (hook) => ({ type: "command", command: shellLine(FILE, hook, "plugin"), timeout: HOOK_TIMEOUT_S });

/** The plugin's files as JSON values, by their path in the repository. */
function pluginFiles() {
  return {
    ".claude-plugin/marketplace.json": {
      name: "memfog",
      owner: OWNER,
      metadata: { description },
      plugins: [{ name: "memfog", source: "./client", description }],
    },
    "client/.claude-plugin/plugin.json": {
      name: "memfog",
      version,
      description,
      author: OWNER,
      homepage: OWNER.url,
      license,
    },
    "client/hooks/hooks.json": {
      description,
      hooks: Object.fromEntries(table.map(({ hook, event }) => [event, [{ hooks: [handler(hook)] }]])),
    },
    "client/.mcp.json": { mcpServers: { memfog: { command: "node", args: [`${HERE}/bin/memfog.js`, "mcp"] } } },
  };
}

const written = (value) => `${JSON.stringify(value, null, 2)}\n`;

if (require.main === module)
  for (const [name, value] of Object.entries(pluginFiles())) {
    fs.mkdirSync(path.dirname(path.join(ROOT, name)), { recursive: true });
    fs.writeFileSync(path.join(ROOT, name), written(value));
  }

module.exports = { ROOT, pluginFiles, written };
