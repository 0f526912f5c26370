"use strict";
const path = require("node:path");
const { derivedId } = require("../shipper/derived-id.js");
const { aboutOf } = require("../shipper/seen-sessions.js");
const { seamsOf } = require("./boundaries.js");
const { linesOf, objectIn } = require("./lines.js");
const { responseFrom } = require("./responses.js");
const { tasksDone } = require("./tasks.js");
const { agentTypeOf } = require("./usage-records.js");

const EVENTS = Object.fromEntries(
  [...require("../hooks.json"), ...require("../hooks-extra.json")].map(({ hook, event }) => [hook, event]),
);
// Written by the host, typed by nobody: no hook fired for them.
const NO_PROMPT = /^\s*(?:<command-name>|<local-command-|<bash-(?:input|stdout|stderr)>|\[Request interrupted by user)/;
const OWN_COMMAND =
  /^\s*<command-message>[\s\S]*?<command-name>([^<]*)<\/command-name>(?:\s*<command-args>([^<]*)<\/command-args>)?/;
// The tool never ran: hooks saw it asked for, or not even that.
const NOT_RUN =
  /^(?:The user doesn't want to (?:proceed|take this action)|\[Request interrupted by user|User rejected tool use)/;
const NOT_ASKED = /^<tool_use_error>/;
const GOES_ON = new Set(["tool_use", "pause_turn", null, undefined]);

/**
 * What the hooks would have told of one transcript, or of its beginning up to the byte `to`, as events for the spool.
 * Calls `onPassedOver(why)` for each line that tells nothing to anybody.
 */
function* hooksIn(file, seen, { to = Infinity, onPassedOver = () => {} } = {}) {
  const story = retelling(file, seen);
  for (const { text } of linesOf(file, 0, to)) {
    const line = text === null ? null : objectIn(text);
    if (line) yield* story.read(line);
    else if (text === null) onPassedOver("longer than 32 MB");
    else if (text.trim() !== "") onPassedOver("no JSON");
  }
  yield* story.rest();
}

/**
 * Reads one transcript, line by line, as the hooks would have told it: `read(line)` and at last `rest()` give events
 * for the spool. Their ids follow from what the line is about, so that reading it again adds nothing. `seen` are the
 * lines that transcripts before this one told: a forked session begins with copies of another's.
 */
function retelling(file, seen) {
  const uses = new Map();
  const agents = new Map();
  const agentType = agentTypeOf(file);
  let root = null;
  let opening = null;
  let isBegun = false;
  let isFork = false;
  let prompt = null;
  let mode;
  let title;
  let answer = null;
  const seams = seamsOf(file);
  const tasks = tasksDone();

  function read(line) {
    if (isCopy(line)) return [];
    seams.note(line);
    if (line.type === "custom-title") title = textOf(line.customTitle);
    if (isQueued(line))
      return [
        told("prompt_submit", line, line.uuid, {
          prompt: textsIn(line.attachment.prompt).join("\n"),
          session_title: title,
        }),
      ];
    if (!isTold(line)) return [];
    prompt = textOf(line.promptId) ?? prompt;
    mode = textOf(line.permissionMode) ?? mode;
    const over = line.type === "assistant" ? [] : ended();
    const begun = [...begin(line), ...seams.reopening(line, told, uses.size === 0), ...seams.compaction(line, told)];
    return [...over, ...begun, ...(line.type === "assistant" ? said(line) : heard(line))];
  }

  function isCopy(line) {
    if (typeof line.uuid !== "string") return false;
    const isKnown = seen.has(line.uuid);
    seen.add(line.uuid);
    isFork ||= isKnown && !isBegun;
    return isKnown;
  }

  /**
   * What was open when the transcript ended: a tool that runs still, the last answer, the subagents; and that it ended.
   */
  function rest() {
    const asked = [...uses.values()].map((use) => use.event);
    const stops = [...agents.values()]
      .filter((agent) => agent.last)
      .map(({ last, said: message }) =>
        told("subagent_stop", last, last.agentId, {
          stop_hook_active: false,
          agent_transcript_path: file,
          last_assistant_message: message,
        }),
      );
    uses.clear();
    return [...asked, ...ended(), ...stops, ...seams.end(told)];
  }

  function begin(line) {
    if (line.agentId) return subagent(line);
    if (isBegun || line.isSidechain) return [];
    opening ??= line;
    root ??= textOf(line.cwd) ?? null;
    // What the host says of itself stands before the line that tells how the session came to be.
    if (line.isMeta) return [];
    isBegun = true;
    return [
      told(
        "session_start",
        opening,
        line.sessionId,
        { source: isFork ? "fork" : sourceOf(line) },
        { hasPrompt: false },
      ),
    ];
  }

  function subagent(line) {
    const known = agents.get(line.agentId);
    agents.set(line.agentId, { ...known, last: line, said: spoken(line) ?? known?.said });
    root ??= textOf(line.cwd) ?? null;
    return known ? [] : [told("subagent_start", line, line.agentId, {})];
  }

  function said(line) {
    const before = answer && answer.message.id !== line.message.id ? ended() : [];
    if (!line.agentId && !line.isSidechain)
      answer = {
        line,
        prompt,
        message: line.message,
        texts: [...(answer?.texts ?? []), ...textsIn(line.message.content)],
      };
    for (const block of listed(line.message.content))
      if (block.type === "tool_use" && typeof block.id === "string") {
        const data = { tool_name: block.name, tool_input: block.input ?? {}, tool_use_id: block.id };
        uses.set(block.id, { data, event: told("pre_tool_use", line, block.id, data) });
      }
    return before;
  }

  /** The turn that is over, when the answer before this line was its last. */
  function ended() {
    const over = answer;
    answer = null;
    if (!over || GOES_ON.has(over.message.stop_reason) || over.line.isApiErrorMessage) return [];
    return [
      told(
        "stop",
        over.line,
        over.message.id,
        { stop_hook_active: false, last_assistant_message: over.texts.join("\n") },
        { of: over.prompt },
      ),
    ];
  }

  function heard(line) {
    const results = listed(line.message.content).filter((block) => block.type === "tool_result");
    if (results.length) return results.flatMap((block) => answered(line, block));
    const typed =
      line.isMeta || line.isSidechain || line.isCompactSummary || line.repeatsCompactSummary
        ? null
        : typedIn(line.message.content);
    return typed === null ? [] : [told("prompt_submit", line, line.uuid, { prompt: typed, session_title: title })];
  }

  function answered(line, block) {
    const use = uses.get(block.tool_use_id);
    uses.delete(block.tool_use_id);
    if (!use) return [];
    const words = textsIn(block.content).join("\n");
    if (!block.is_error) return [use.event, ...done(line, use.data, block, words)];
    if (NOT_ASKED.test(words)) return [];
    if (NOT_RUN.test(words) || line.toolDenialKind) return [use.event];
    return [
      use.event,
      told("post_tool_failure", line, block.tool_use_id, { ...use.data, error: words, is_interrupt: false }),
    ];
  }

  function done(line, data, block, words) {
    const response =
      line.toolUseResult ?? responseFrom(data.tool_name, data.tool_input, words) ?? block.content ?? null;
    const task = tasks.over(data, response);
    const finished = task ? [told("task_completed", line, block.tool_use_id, task)] : [];
    return [...finished, told("post_tool_use", line, block.tool_use_id, { ...data, tool_response: response })];
  }

  function told(hook, line, about, data, { hasPrompt = true, of = textOf(line.promptId) ?? prompt } = {}) {
    const payload = {
      session_id: line.sessionId,
      transcript_path: mainFile(file, line.sessionId),
      cwd: textOf(line.cwd) ?? root ?? "",
      prompt_id: (hasPrompt && of) || undefined,
      permission_mode: mode,
      ...(line.agentId
        ? { agent_id: line.agentId, agent_type: textOf(agentType) ?? textOf(line.attributionAgent) ?? "" }
        : {}),
      hook_event_name: EVENTS[hook],
      ...data,
    };
    const time = BigInt(Date.parse(line.timestamp)) * 1_000_000n;
    return {
      name: hook,
      session: line.sessionId,
      about: aboutOf(hook, payload),
      id: derivedId("import", hook, about),
      time,
      root: root ?? "",
      payload: JSON.stringify(payload),
    };
  }

  return { read, rest };
}

const textOf = (value) => (typeof value === "string" ? value : undefined);

const listed = (content) =>
  Array.isArray(content) ? content.filter((block) => block !== null && typeof block === "object") : [];

const isDated = (line) =>
  typeof line.sessionId === "string" && typeof line.uuid === "string" && Number.isFinite(Date.parse(line.timestamp));

const isTold = (line) =>
  (line.type === "user" || line.type === "assistant") &&
  line.message !== null &&
  typeof line.message === "object" &&
  isDated(line);

/** What a person typed while the model was at work, and the model was told in between. */
const isQueued = (line) =>
  line.type === "attachment" &&
  line.attachment?.type === "queued_command" &&
  line.attachment.commandMode === "prompt" &&
  !line.agentId &&
  isDated(line);

function textsIn(content) {
  if (typeof content === "string") return [content];
  return listed(content)
    .filter((block) => block.type === "text")
    .map((block) => String(block.text));
}

const spoken = (line) => (line.type === "assistant" ? textsIn(line.message.content).at(-1) : undefined);

function typedIn(content) {
  const text = textsIn(content).join("\n");
  const command = OWN_COMMAND.exec(text);
  if (command) return `${command[1]} ${command[2] ?? ""}`.trim();
  return text === "" || NO_PROMPT.test(text) ? null : text;
}

/** Only what a transcript shows: that it came from another session, or from /clear. */
function sourceOf(line) {
  if (line.forkedFrom) return "fork";
  return /<command-name>\/clear</.test(textsIn(line.message.content).join("\n")) ? "clear" : "startup";
}

/** A subagent's payloads name the transcript of the session that it works for. */
function mainFile(file, session) {
  const folder = path.dirname(file);
  return path.basename(folder) === "subagents"
    ? `${path.dirname(folder)}.jsonl`
    : path.join(folder, `${session}.jsonl`);
}

module.exports = { hooksIn };
