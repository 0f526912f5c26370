"use strict";
const path = require("node:path");
const extraHooks = require("../hooks-extra.json");
const defaultHooks = require("../hooks.json");
const { derivedId } = require("../shipper/derived-id.js");
const { aboutOf } = require("../shipper/seen-sessions.js");
const { BoundaryFinder } = require("./boundaries.js");
const { linesOf, objectIn } = require("./lines.js");
const { responseFrom } = require("./responses.js");
const { TaskTracker } = require("./tasks.js");
const { parentOf } = require("./transcript-files.js");
const { agentTypeOf } = require("./usage-records.js");

const EVENT_NAMES = Object.fromEntries([...defaultHooks, ...extraHooks].map(({ hook, event }) => [hook, event]));
// Claude Code wrote these texts, no user typed them: no hook ran for them.
const NOT_A_PROMPT =
  /^\s*(?:<command-name>|<local-command-|<bash-(?:input|stdout|stderr)>|\[Request interrupted by user)/;
const SLASH_COMMAND =
  /^\s*<command-message>[\s\S]*?<command-name>([^<]*)<\/command-name>(?:\s*<command-args>([^<]*)<\/command-args>)?/;
// The tool never ran: of the hooks only PreToolUse saw it, or none.
const NOT_RUN =
  /^(?:The user doesn't want to (?:proceed|take this action)|\[Request interrupted by user|User rejected tool use)/;
const NOT_REQUESTED = /^<tool_use_error>/;
const TURN_CONTINUES = new Set(["tool_use", "pause_turn", null, undefined]);

/**
 * The events that the hooks would have captured of one transcript, or of its first `to` bytes, in the form of the
 * spool. Calls `onSkipped(reason)` for each line that can not be read.
 */
function* readHookEvents(file, seenUuids, { to = Infinity, onSkipped = () => {} } = {}) {
  const reader = new TranscriptReader(file, seenUuids);
  for (const { text } of linesOf(file, 0, to)) {
    const line = text === null ? null : objectIn(text);
    if (line) yield* reader.readLine(line);
    else if (text === null) onSkipped("longer than 32 MB");
    else if (text.trim() !== "") onSkipped("no JSON");
  }
  yield* reader.finish();
}

/**
 * Makes the events that the hooks would have captured from the lines of one transcript. The ids of events are derived
 * from what a line is about, so that a second reading adds nothing. `seenUuids` are the lines that earlier transcripts
 * held: a forked session begins with copies of another session's lines.
 */
class TranscriptReader {
  #file;
  #seenUuids;
  #agentType;
  #boundaries;
  #tasks = new TaskTracker();
  #toolCalls = new Map();
  #agents = new Map();
  #root = null;
  #firstLine = null;
  #hasStarted = false;
  #isFork = false;
  #promptId = null;
  #permissionMode;
  #title;
  #answer = null;

  constructor(file, seenUuids) {
    this.#file = file;
    this.#seenUuids = seenUuids;
    this.#agentType = agentTypeOf(file);
    this.#boundaries = new BoundaryFinder(file);
  }

  /** The events that are complete with this line. */
  readLine(line) {
    if (this.#isCopy(line)) return [];
    this.#boundaries.noteLine(line);
    if (line.type === "custom-title") this.#title = textOf(line.customTitle);
    if (isQueuedPrompt(line)) return [this.#promptEvent(line, textsIn(line.attachment.prompt).join("\n"))];
    if (!isMessage(line)) return [];
    this.#promptId = textOf(line.promptId) ?? this.#promptId;
    this.#permissionMode = textOf(line.permissionMode) ?? this.#permissionMode;
    const isAnswer = line.type === "assistant";
    return [
      ...(isAnswer ? [] : this.#endTurn()),
      ...this.#startEvents(line),
      ...this.#boundaries.resumeEvents(line, this.#makeEvent, this.#toolCalls.size === 0),
      ...this.#boundaries.compactionEvents(line, this.#makeEvent),
      ...(isAnswer ? this.#readAnswer(line) : this.#readUserLine(line)),
    ];
  }

  /** What was open when the transcript ended: running tools, the last answer, subagents, and the end of the session. */
  finish() {
    const requested = [...this.#toolCalls.values()].map((call) => call.event);
    this.#toolCalls.clear();
    const stops = [...this.#agents.values()].filter((agent) => agent.lastLine).map((agent) => this.#agentStop(agent));
    return [...requested, ...this.#endTurn(), ...stops, ...this.#boundaries.endEvents(this.#makeEvent)];
  }

  #isCopy(line) {
    if (typeof line.uuid !== "string") return false;
    const isKnown = this.#seenUuids.has(line.uuid);
    this.#seenUuids.add(line.uuid);
    this.#isFork ||= isKnown && !this.#hasStarted;
    return isKnown;
  }

  #startEvents(line) {
    if (line.agentId) return this.#agentStart(line);
    if (this.#hasStarted || line.isSidechain) return [];
    this.#firstLine ??= line;
    this.#root ??= textOf(line.cwd) ?? null;
    // Claude Code's own remarks stand before the line that shows how the session started.
    if (line.isMeta) return [];
    this.#hasStarted = true;
    const source = this.#isFork ? "fork" : sourceOf(line);
    return [this.#makeEvent("session_start", this.#firstLine, line.sessionId, { source }, { hasPrompt: false })];
  }

  #agentStart(line) {
    const known = this.#agents.get(line.agentId);
    this.#agents.set(line.agentId, { ...known, lastLine: line, message: messageIn(line) ?? known?.message });
    this.#root ??= textOf(line.cwd) ?? null;
    return known ? [] : [this.#makeEvent("subagent_start", line, line.agentId, {})];
  }

  #agentStop({ lastLine, message }) {
    return this.#makeEvent("subagent_stop", lastLine, lastLine.agentId, {
      stop_hook_active: false,
      agent_transcript_path: this.#file,
      last_assistant_message: message,
    });
  }

  #readAnswer(line) {
    const { message } = line;
    const ended = this.#answer && this.#answer.message.id !== message.id ? this.#endTurn() : [];
    if (!line.agentId && !line.isSidechain) {
      const texts = [...(this.#answer?.texts ?? []), ...textsIn(message.content)];
      this.#answer = { line, promptId: this.#promptId, message, texts };
    }
    for (const block of blocksIn(message.content))
      if (block.type === "tool_use" && typeof block.id === "string") {
        const data = { tool_name: block.name, tool_input: block.input ?? {}, tool_use_id: block.id };
        this.#toolCalls.set(block.id, { data, event: this.#makeEvent("pre_tool_use", line, block.id, data) });
      }
    return ended;
  }

  /** Ends the turn if the answer before this line was its last. */
  #endTurn() {
    const answer = this.#answer;
    this.#answer = null;
    if (!answer || TURN_CONTINUES.has(answer.message.stop_reason) || answer.line.isApiErrorMessage) return [];
    const data = { stop_hook_active: false, last_assistant_message: answer.texts.join("\n") };
    return [this.#makeEvent("stop", answer.line, answer.message.id, data, { promptId: answer.promptId })];
  }

  #readUserLine(line) {
    const results = blocksIn(line.message.content).filter((block) => block.type === "tool_result");
    if (results.length) return results.flatMap((block) => this.#readResult(line, block));
    if (line.isMeta || line.isSidechain || line.isCompactSummary || line.repeatsCompactSummary) return [];
    const prompt = promptIn(line.message.content);
    return prompt === null ? [] : [this.#promptEvent(line, prompt)];
  }

  #promptEvent(line, prompt) {
    return this.#makeEvent("prompt_submit", line, line.uuid, { prompt, session_title: this.#title });
  }

  #readResult(line, block) {
    const call = this.#toolCalls.get(block.tool_use_id);
    this.#toolCalls.delete(block.tool_use_id);
    if (!call) return [];
    const text = textsIn(block.content).join("\n");
    if (!block.is_error) return [call.event, ...this.#readSuccess(line, call.data, block, text)];
    if (NOT_REQUESTED.test(text)) return [];
    if (NOT_RUN.test(text) || line.toolDenialKind) return [call.event];
    const data = { ...call.data, error: text, is_interrupt: false };
    return [call.event, this.#makeEvent("post_tool_failure", line, block.tool_use_id, data)];
  }

  #readSuccess(line, data, block, text) {
    const response = line.toolUseResult ?? responseFrom(data.tool_name, data.tool_input, text) ?? block.content ?? null;
    const task = this.#tasks.completedBy(data, response);
    return [
      ...(task ? [this.#makeEvent("task_completed", line, block.tool_use_id, task)] : []),
      this.#makeEvent("post_tool_use", line, block.tool_use_id, { ...data, tool_response: response }),
    ];
  }

  /** An event of the spool, about what has the id `about`; the time is that of `line`. */
  #makeEvent = (hook, line, about, data, { hasPrompt = true, promptId = this.#promptIdOf(line) } = {}) => {
    const payload = {
      session_id: line.sessionId,
      transcript_path: mainFile(this.#file, line.sessionId),
      cwd: textOf(line.cwd) ?? this.#root ?? "",
      prompt_id: (hasPrompt && promptId) || undefined,
      permission_mode: this.#permissionMode,
      ...(line.agentId ? { agent_id: line.agentId, agent_type: this.#agentTypeIn(line) } : {}),
      hook_event_name: EVENT_NAMES[hook],
      ...data,
    };
    return {
      name: hook,
      session: line.sessionId,
      about: aboutOf(hook, payload),
      id: derivedId("import", hook, about),
      time: BigInt(Date.parse(line.timestamp)) * 1_000_000n,
      root: this.#root ?? "",
      payload: JSON.stringify(payload),
    };
  };

  #promptIdOf(line) {
    return textOf(line.promptId) ?? this.#promptId;
  }

  #agentTypeIn(line) {
    return textOf(this.#agentType) ?? textOf(line.attributionAgent) ?? "";
  }
}

const textOf = (value) => (typeof value === "string" ? value : undefined);

const blocksIn = (content) =>
  Array.isArray(content) ? content.filter((block) => block !== null && typeof block === "object") : [];

const hasIdAndTime = (line) =>
  typeof line.sessionId === "string" && typeof line.uuid === "string" && Number.isFinite(Date.parse(line.timestamp));

const isMessage = (line) =>
  (line.type === "user" || line.type === "assistant") &&
  line.message !== null &&
  typeof line.message === "object" &&
  hasIdAndTime(line);

/** A prompt that was typed while the model worked, and that the model received in between. */
const isQueuedPrompt = (line) =>
  line.type === "attachment" &&
  line.attachment?.type === "queued_command" &&
  line.attachment.commandMode === "prompt" &&
  !line.agentId &&
  hasIdAndTime(line);

function textsIn(content) {
  if (typeof content === "string") return [content];
  return blocksIn(content)
    .filter((block) => block.type === "text")
    .map((block) => String(block.text));
}

const messageIn = (line) => (line.type === "assistant" ? textsIn(line.message.content).at(-1) : undefined);

function promptIn(content) {
  const text = textsIn(content).join("\n");
  const command = SLASH_COMMAND.exec(text);
  if (command) return `${command[1]} ${command[2] ?? ""}`.trim();
  return text === "" || NOT_A_PROMPT.test(text) ? null : text;
}

/** A transcript shows only whether a session came from another session, or from /clear. */
function sourceOf(line) {
  if (line.forkedFrom) return "fork";
  return /<command-name>\/clear</.test(textsIn(line.message.content).join("\n")) ? "clear" : "startup";
}

/** The payloads of a subagent name the transcript of the session that started it. */
function mainFile(file, session) {
  const parent = parentOf(file);
  return parent === file ? path.join(path.dirname(file), `${session}.jsonl`) : parent;
}

module.exports = { readHookEvents };
