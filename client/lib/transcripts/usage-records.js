"use strict";
const path = require("node:path");
const { readJson } = require("../files.js");
const { derivedId } = require("../shipper/derived-id.js");
const { linesOf, objectIn } = require("./lines.js");

const MAX_CHUNK_BYTES = 32 * 1024 * 1024;
const COUNTS = ["input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
// Claude Code writes this model name into messages of its own that replace a missing answer.
const SYNTHETIC_MODEL = "<synthetic>";

/**
 * The usage of the answers in a transcript from a byte on: {events, offset, prompt, isAll}, with events for the spool.
 * An unfinished answer is left for the next time, unless the transcript `isComplete`.
 */
function readUsage(file, { offset = 0, prompt = null, isComplete = false, to = Infinity } = {}) {
  const answers = new Map();
  const agentType = agentTypeOf(file);
  let end = offset;
  let isAll = true;
  for (const line of linesOf(file, offset, to)) {
    prompt = parsePromptId(line.text) ?? prompt;
    const answer = parseAnswer(line.text);
    if (answer) addAnswer(answers, { ...answer, start: line.start, prompt: answer.prompt ?? prompt, agentType });
    end = line.end;
    if (end - offset > MAX_CHUNK_BYTES) {
      isAll = false;
      break;
    }
  }
  const open = isComplete && isAll ? null : findUnfinished(answers);
  if (open && (isAll || open.start > offset)) {
    answers.delete(open.id);
    end = open.start;
  }
  return { events: [...answers.values()].map(eventOf), offset: end, prompt, isAll };
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
  return { id: message.id, line, message, isFinished: message.stop_reason != null };
}

/** An answer has one line per block; its counts grow while it is written, and the largest is final. */
function addAnswer(answers, answer) {
  const known = answers.get(answer.id);
  const isNewer = !known || count(answer.message.usage.output_tokens) >= count(known.message.usage.output_tokens);
  const { line, start } = known ?? answer;
  answers.set(answer.id, {
    ...(isNewer ? answer : known),
    line,
    start,
    isFinished: answer.isFinished || Boolean(known?.isFinished),
  });
}

function findUnfinished(answers) {
  const last = [...answers.values()].at(-1);
  return last && !last.isFinished ? last : null;
}

function eventOf({ id, line, message, prompt, agentType }) {
  const { usage } = message;
  const data = {
    session_id: text(line.sessionId),
    prompt_id: prompt ?? undefined,
    message_id: id,
    request_id: text(line.requestId),
    agent_id: text(line.agentId),
    agent_type: line.agentId ? text(agentType) : undefined,
    cwd: text(line.cwd),
    model: message.model,
    ...Object.fromEntries(COUNTS.map((name) => [name, count(usage[name])])),
    cache_creation_1h_input_tokens: count(usage.cache_creation?.ephemeral_1h_input_tokens) || undefined,
  };
  // The id depends on the message alone: the transcript of a forked session repeats answers of its origin.
  return {
    name: "Usage",
    id: derivedId("usage", id),
    time: BigInt(Date.parse(line.timestamp)) * 1_000_000n,
    payload: JSON.stringify(data),
  };
}

const text = (value) => (typeof value === "string" ? value : undefined);

const count = (value) => (Number.isSafeInteger(value) && value >= 0 ? value : 0);

/** A small file beside a subagent's transcript has the type of the agent. */
const agentTypeOf = (file) =>
  readJson(path.join(path.dirname(file), `${path.basename(file, ".jsonl")}.meta.json`))?.agentType;

module.exports = { readUsage, agentTypeOf };
