"use strict";
const path = require("node:path");
const { readJson } = require("../../files.js");
const { agentIdIn, hostAgentOf } = require("../host-agents.js");
const { linesOf, objectIn } = require("../lines.js");
const { AnswerKeys, isUniqueId } = require("./answer-keys.js");
const { hasTime } = require("../line-content.js");
const { mergeCounts, readCounts, usageEvent } = require("./usage-counts.js");

const PROMPT_ID = /^[\w-]{1,64}$/;
const MAX_CHUNK_BYTES = 32 * 1024 * 1024;
// Claude Code writes this model name into messages of its own that replace a missing answer.
const SYNTHETIC_MODEL = "<synthetic>";

/**
 * The usage of the answers in a transcript from a byte on: {events, offset, prompt, isAll}, with events for the spool.
 * An unfinished answer is left for the next time, unless the transcript `isComplete`.
 */
function readUsage(file, { offset = 0, prompt = null, isComplete = false, to = Infinity } = {}) {
  const reader = new UsageReader(file, prompt);
  let end = offset;
  let isAll = true;
  for (const line of linesOf(file, offset, to)) {
    reader.noteLine(line);
    end = line.end;
    if (end - offset > MAX_CHUNK_BYTES) {
      isAll = false;
      break;
    }
  }
  const open = isComplete && isAll ? null : reader.findUnfinished();
  if (open && (isAll || open.start > offset)) {
    reader.leaveOut(open);
    end = open.start;
  }
  return { events: reader.events(), offset: end, prompt: reader.prompt, isAll };
}

/** Collects the usage of the answers of a transcript, line by line. */
class UsageReader {
  #answers = new Map();
  #keys = new AnswerKeys();
  #agentType;

  /** `prompt` is the id of the prompt that the first line belongs to. */
  constructor(file, prompt = null) {
    this.#agentType = agentTypeOf(file);
    this.prompt = prompt;
  }

  /** Notes a line {text, start}. `record` is its object, if the caller has parsed the line. */
  noteLine({ text, start }, record) {
    this.prompt = (record === undefined ? parsePromptId(text) : promptIdOf(record)) ?? this.prompt;
    const answer = parseAnswer(text, record);
    if (!answer) {
      this.#keys.noteOtherLine(text);
      return;
    }
    // One shape without a spread, which V8 would put into its old space: there are millions of answers.
    answer.key = this.#keys.keyOf(answer);
    answer.start = start;
    answer.prompt = this.prompt;
    answer.agentType = this.#agentType;
    addAnswer(this.#answers, answer);
  }

  /** The last answer, if its end has not come. */
  findUnfinished() {
    const last = [...this.#answers.values()].at(-1);
    return last && !last.isFinished ? last : null;
  }

  leaveOut({ key }) {
    this.#answers.delete(key);
  }

  /** One event for each answer, and one for each model that an answer asked. */
  events() {
    return [...this.#answers.values()].flatMap(eventsOf);
  }
}

/** The prompt id of a line; inside a JSON string the quotes would be escaped. */
const parsePromptId = (text) => /"promptId": ?"([\w-]{1,64})"/.exec(text ?? "")?.[1] ?? null;

const promptIdOf = (record) =>
  typeof record?.promptId === "string" && PROMPT_ID.test(record.promptId) ? record.promptId : null;

function parseAnswer(text, record) {
  if (record === undefined && !(text?.includes('"usage"') && text.includes('"assistant"'))) return null;
  const line = answerIn(record === undefined ? objectIn(text) : record);
  const message = line?.message;
  if (typeof message?.model !== "string" || message.model === SYNTHETIC_MODEL) return null;
  if (!message.usage || typeof message.usage !== "object" || !hasTime(line)) return null;
  return {
    // Some gateways give no id: session, request and time distinguish their answers, too.
    id: typeof message.id === "string" ? message.id : "",
    line: headOf(line),
    model: message.model,
    counts: readCounts(message.usage),
    advisors: advisorsIn(message),
    isFinished: message.stop_reason != null || line.isCopy === true,
    key: null,
    start: null,
    prompt: null,
    agentType: null,
  };
}

/**
 * The line of an answer, or null. Some hosts copy the answers of subagents into lines about their progress, which
 * remain when the subagent's own transcript is gone. Only a unique id shows that both are one answer.
 */
function answerIn(line) {
  if (line?.type !== "progress") return line?.type === "assistant" ? line : null;
  const inner = line.data?.message;
  if (inner?.type !== "assistant" || !isUniqueId(inner.message?.id)) return null;
  const { sessionId, timestamp, cwd } = line;
  return { timestamp, ...inner, sessionId, cwd, agentId: line.data.agentId, isCopy: true };
}

/** What an event needs of a line: the whole line of each answer would fill the memory. */
const headOf = ({ sessionId, requestId, agentId, cwd, timestamp, uuid, parentUuid }) => ({
  sessionId,
  requestId,
  agentId,
  cwd,
  timestamp,
  uuid,
  parentUuid,
});

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

/** One event for the answer, and one for each model that it asked. */
function eventsOf(answer) {
  const advisors = answer.advisors.map(({ model, counts }, index) => {
    const suffix = `:advisor:${index}`;
    return { ...answer, id: answer.id + suffix, key: answer.key + suffix, model, counts };
  });
  return [answer, ...advisors].map(usageEvent);
}

/** A small file beside a subagent's transcript has the type of the agent; the host's own agents have names. */
function agentTypeOf(file) {
  const agentId = agentIdIn(file);
  if (agentId === null) return undefined;
  const about = readJson(path.join(path.dirname(file), `${path.basename(file, ".jsonl")}.meta.json`));
  return about?.agentType ?? hostAgentOf(agentId) ?? undefined;
}

module.exports = { readUsage, UsageReader, agentTypeOf };
