"use strict";
const { UsageError } = require("../commands/options.js");
const { whyCommand } = require("../commands/why-command.js");
const { objectOf } = require("../network/request.js");
const { UserError } = require("../user-error.js");

// The server has no such tool: it never sees the lines that are compared.
const WHY_TOOL = {
  name: "why",
  title: "Prompt behind a line",
  description:
    "Says which prompt a line of code comes from, in which session, when, and what it cost; without a line, the " +
    "prompts behind a whole file, with since those behind all lines added since a commit, and with commit those " +
    "behind one commit. It says how sure it is. Costs about 100 tokens a prompt.",
  inputSchema: {
    type: "object",
    properties: {
      path: { type: "string", description: "The path of a file." },
      line: { type: "integer", minimum: 1, description: "The number of a line." },
      since: { type: "string", description: "A commit, instead of a path." },
      commit: { type: "string", description: "A commit, instead of a path: only the lines that it added." },
    },
    additionalProperties: false,
  },
  annotations: { readOnlyHint: true, openWorldHint: false },
};

const isWhyCall = ({ method, params }) => method === "tools/call" && params?.name === WHY_TOOL.name;

/** The server's list of tools with this one. Later pages of a list are left as they are. */
function addWhyTool(message, text) {
  if (message.method !== "tools/list" || message.params?.cursor) return text;
  const answer = objectOf({ text });
  if (!Array.isArray(answer?.result?.tools)) return text;
  return JSON.stringify({ ...answer, result: { ...answer.result, tools: [...answer.result.tools, WHY_TOOL] } });
}

/** The answer to a call; a problem is an answer, too, so that the model sees it. */
async function answerWhyCall({ id, params }) {
  const { text, isError } = await runWhy(params.arguments ?? {});
  return JSON.stringify({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text }], isError } });
}

async function runWhy({ path, line, since, commit }) {
  try {
    for (const [name, value] of Object.entries({ since, commit }))
      if (value !== undefined && typeof value !== "string") throw new UsageError(`${name} is the name of a commit`);
    const target = typeof path === "string" && Number.isInteger(line) ? `${path}:${line}` : path;
    const { lines } = await whyCommand.run({ target, since, commit });
    return { text: lines.join("\n"), isError: false };
  } catch (error) {
    if (error instanceof UserError || error instanceof UsageError) return { text: error.message, isError: true };
    throw error;
  }
}

module.exports = { addWhyTool, answerWhyCall, isWhyCall };
