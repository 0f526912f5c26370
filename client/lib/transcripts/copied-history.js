"use strict";
const { blocksIn, isMessage, isRandomId, resultsIn } = require("./line-content.js");
const { promptIn } = require("./prompt-text.js");

const MAX_KEY_CHARS = 400;

/**
 * Leaves out the history that the host copied within one file: after an interrupt it may write the conversation again
 * under a second root, with new `uuid`s and one time. `pass(line)` returns the lines that are due: a prompt that
 * repeats an earlier one waits until the next message shows whether it is a copy.
 */
class CopyFilter {
  #firstTimes = new Map();
  #held = [];
  #copyTime = null;

  pass(line) {
    const key = isMessage(line) && !line.isMeta ? keyOf(line) : null;
    if (key === null) return [line];
    const firstTime = this.#firstTimes.get(key.text);
    if (firstTime === undefined) {
      this.#firstTimes.set(key.text, line.timestamp);
      return [...this.finish(), line];
    }
    if (key.isUnique || [firstTime, this.#copyTime, this.#held[0]?.timestamp].includes(line.timestamp)) {
      [this.#held, this.#copyTime] = [[], line.timestamp];
      return [];
    }
    const due = this.finish();
    if (line.type === "assistant") return [...due, line];
    this.#held = [line];
    return due;
  }

  /** A prompt without a message after it was typed twice. */
  finish() {
    const due = this.#held;
    this.#held = [];
    return due;
  }
}

/** What distinguishes a message from the others of its file, and whether its id is unique; null if nothing does. */
function keyOf({ type, agentId = "", message, isCompactSummary }) {
  if (type === "assistant") {
    if (typeof message.id !== "string") return null;
    const about = blocksIn(message.content).map((block) => block.id ?? `${block.type} ${sizeOf(block)}`);
    return { text: `a ${agentId} ${message.id} ${about.join()}`, isUnique: isRandomId(message.id) };
  }
  const results = resultsIn({ message });
  if (results.length) {
    const ids = results.map(({ tool_use_id: id }) => id);
    return { text: `r ${agentId} ${ids.join()}`, isUnique: ids.every(isRandomId) };
  }
  const text = promptIn(message.content);
  if (text === null || isCompactSummary) return null;
  return { text: `p ${agentId} ${text.length} ${text.slice(0, MAX_KEY_CHARS)}`, isUnique: false };
}

function sizeOf({ text, thinking, signature = "" }) {
  const content = String(text ?? thinking ?? "");
  return `${content.length} ${String(signature).slice(0, 40)} ${content.slice(0, 40)}`;
}

module.exports = { CopyFilter };
