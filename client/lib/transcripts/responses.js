"use strict";

const NO_OUTPUT = "(Bash completed with no output)";
const IN_BACKGROUND = /^Command running in background with ID: ([\w-]+)/;
const NUMBERED = /^ *(\d+)(?:\t|→)(.*)$/;

/**
 * The `tool_response` of a hook, from the text that the model received: for a subagent's tool calls the transcript has
 * only that. Null for tools whose text has no further structure.
 */
function responseFrom(tool, input, output) {
  return Object.hasOwn(READERS, tool) ? READERS[tool](output, input ?? {}) : null;
}

/** Both output streams are combined. */
function readCommand(output) {
  const background = IN_BACKGROUND.exec(output)?.[1];
  const rest = background ? { backgroundTaskId: background } : {};
  return {
    stdout: background || output === NO_OUTPUT ? "" : output,
    stderr: "",
    interrupted: false,
    isImage: false,
    ...rest,
  };
}

function readWrite(output, { file_path: filePath, content }) {
  return { type: output.startsWith("File created") ? "create" : "update", filePath, content, structuredPatch: [] };
}

/** The lines of the file are numbered; Claude Code's remarks for the model are not. */
function readRead(output, { file_path: filePath }) {
  const first = Number(NUMBERED.exec(output.split("\n", 1)[0])?.[1]);
  if (!Number.isSafeInteger(first)) return null;
  const lines = [];
  for (const text of output.split("\n")) {
    const [, number, line] = NUMBERED.exec(text) ?? [];
    if (Number(number) !== first + lines.length) break;
    lines.push(line);
  }
  return { type: "text", file: { filePath, content: lines.join("\n"), numLines: lines.length, startLine: first } };
}

const READERS = { Bash: readCommand, PowerShell: readCommand, Write: readWrite, Read: readRead };

module.exports = { responseFrom };
