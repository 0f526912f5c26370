"use strict";

const SILENT = "(Bash completed with no output)";
const IN_BACKGROUND = /^Command running in background with ID: ([\w-]+)/;
const NUMBERED = /^ *(\d+)(?:\t|→)(.*)$/;

/**
 * What the hook was given as `tool_response`, from the words that the model got: of a subagent's uses a transcript
 * keeps these alone. Null for a tool of which they tell no more than they say.
 */
function responseFrom(tool, input, words) {
  return Object.hasOwn(READERS, tool) ? READERS[tool](words, input ?? {}) : null;
}

/** Both streams come as one. */
function ofCommand(words) {
  const background = IN_BACKGROUND.exec(words)?.[1];
  const rest = background ? { backgroundTaskId: background } : {};
  return {
    stdout: background || words === SILENT ? "" : words,
    stderr: "",
    interrupted: false,
    isImage: false,
    ...rest,
  };
}

function ofWrite(words, { file_path: filePath, content }) {
  return { type: words.startsWith("File created") ? "create" : "update", filePath, content, structuredPatch: [] };
}

/** Its lines stand there with their numbers; what the host adds for the model has none. */
function ofRead(words, { file_path: filePath }) {
  const first = Number(NUMBERED.exec(words.split("\n", 1)[0])?.[1]);
  if (!Number.isSafeInteger(first)) return null;
  const lines = [];
  for (const text of words.split("\n")) {
    const [, number, line] = NUMBERED.exec(text) ?? [];
    if (Number(number) !== first + lines.length) break;
    lines.push(line);
  }
  return { type: "text", file: { filePath, content: lines.join("\n"), numLines: lines.length, startLine: first } };
}

const READERS = { Bash: ofCommand, PowerShell: ofCommand, Write: ofWrite, Read: ofRead };

module.exports = { responseFrom };
