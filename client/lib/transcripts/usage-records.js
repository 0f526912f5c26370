"use strict";
const path = require("node:path");
const { readJson } = require("../files.js");
const { AnswerKeys } = require("./answer-keys.js");
const { agentIdIn, hostAgentOf } = require("./host-agents.js");
const { linesOf, objectIn } = require("./lines.js");
const { mergeCounts, readCounts, usageEvent } = require("./usage-counts.js");

const MAX_CHUNK_BYTES = 32 * 1024 * 1024;
// Claude Code writes this model name into messages of its own that replace a missing answer.
const SYNTHETIC_MODEL = "<synthetic>";

/**
 * The usage of the answers in a transcript from a byte on: {events, offset, prompt, isAll}, with events for the spool.
 * An unfinished answer is left for the next time, unless the transcript `isComplete`.
 */
function readUsage(file, { offset = 0, prompt = null, isComplete = false, to = Infinity } = {}) {
  const answers = new Map();
  const keys = new AnswerKeys();
  const agentType = agentTypeOf(file);
  let end = offset;
  let isAll = true;
  for (const line of linesOf(file, offset, to)) {
    prompt = parsePromptId(line.text) ?? prompt;
    const answer = parseAnswer(line.text);
    if (!answer) keys.noteOtherLine(line.text);
    else {
      const key = keys.keyOf(answer);
      addAnswer(answers, { ...answer, key, start: line.start, prompt: answer.prompt ?? prompt, agentType });
    }
    end = line.end;
    if (end - offset > MAX_CHUNK_BYTES) {
      isAll = false;
      break;
    }
  }
  const open = isComplete && isAll ? null : findUnfinished(answers);
  if (open && (isAll || open.start > offset)) {
    answers.delete(open.key);
    end = open.start;
  }
  return { events: [...answers.values()].flatMap(eventsOf), offset: end, prompt, isAll };
}

/** The prompt id of a line; inside a JSON string the quotes would be escaped. */
const parsePromptId = (text) => /"promptId":"([\w-]{1,64})"/.exec(text ?? "")?.[1] ?? null;

function parseAnswer(text) {
  if (!text?.includes('"usage"') || !text.includes('"assistant"')) return null;
  const line = objectIn(text);
  const message = line?.type === "assistant" ? line.message : null;
  if (typeof message?.id !== "string" || typeof message.model !== "string" || message.model === SYNTHETIC_MODEL)
    return null;
  if (message.usage === null || typeof message.usage !== "object" || !Number.isFinite(Date.parse(line.timestamp)))
    return null;
  return {
    id: message.id,
    line,
    model: message.model,
    counts: readCounts(message.usage),
    advisors: advisorsIn(message),
    isFinished: message.stop_reason != null,
  };
}

/** What other models used that this one asked while it answered, as [{model, counts}]. */
function advisorsIn({ usage }) {
  const parts = Array.isArray(usage.iterations) ? usage.iterations : [];
  return parts
    .filter((part) => part?.type === "advisor_message" && typeof part.model === "string" && part.model !== "")
    .map((part) => ({ model: part.model, counts: readCounts(part) }));
}

/** An answer has one line per block; its counts grow while it is written, and the largest are final. */
function addAnswer(answers, answer) {
  const known = answers.get(answer.key);
  if (!known) {
    answers.set(answer.key, answer);
    return;
  }
  const advisors = answer.advisors.length >= known.advisors.length ? answer.advisors : known.advisors;
  Object.assign(known, {
    model: answer.model,
    prompt: answer.prompt,
    counts: mergeCounts(known.counts, answer.counts),
    advisors,
    isFinished: answer.isFinished || known.isFinished,
  });
}

function findUnfinished(answers) {
  const last = [...answers.values()].at(-1);
  return last && !last.isFinished ? last : null;
}

/** One event for the answer, and one for each model that it asked. */
function eventsOf(answer) {
  const advisors = answer.advisors.map(({ model, counts }, index) => {
    const suffix = `:advisor:${index}`;
    return { ...answer, id: answer.id + suffix, key: answer.key + suffix, model, counts };
  });
  return [answer, ...advisors].map(usageEvent);
}

/** A small file beside a subagent's transcript has the type of the agent; the host's own agents have names. */
const agentTypeOf = (file) =>
  readJson(path.join(path.dirname(file), `${path.basename(file, ".jsonl")}.meta.json`))?.agentType ??
  hostAgentOf(agentIdIn(file)) ??
  undefined;

module.exports = { readUsage, agentTypeOf };
