"use strict";
const { BoundaryFinder } = require("./boundaries.js");
const { CopyFilter } = require("./copied-history.js");
const { EventMaker } = require("./event-maker.js");
const { findForeignHead } = require("./foreign-head.js");
const { agentIdIn, hostAgentOf } = require("./host-agents.js");
const { blocksIn, isMessage, isQueuedPrompt, resultsIn, textOf, textsIn } = require("./line-content.js");
const { findProblem } = require("./line-kinds.js");
const { linesOf, objectIn, readRecord } = require("./lines.js");
const { promptIn, sourceOf } = require("./prompt-text.js");
const { SummaryIndex, TitleReader } = require("./session-titles.js");
const { SidechainTracker } = require("./sidechains.js");
const { ResultReader } = require("./tool-results.js");
const { isInterrupt } = require("./turn-end.js");
const { UuidSet } = require("./import/uuid-set.js");

const TURN_CONTINUES = new Set(["tool_use", "pause_turn"]);

/**
 * The events that the hooks would have captured of one transcript, or of its first `to` bytes, in the form of the
 * spool. Calls `usage.noteLine` for each record, `onSkipped(reason)` for each line that is passed over, `onLine(end,
 * isRest)` with the byte behind each line, and whether that line has no line end, and `onBytes(bytes)` with what it
 * reads.
 */
function* readHookEvents(
  file,
  seenUuids,
  {
    to = Infinity,
    takesRest = null,
    summaries = new SummaryIndex(),
    usage = null,
    onSkipped = () => {},
    onLine = () => {},
    onBytes,
  } = {},
) {
  // The host's own background agents copy much of their session, and no hook runs for them.
  const isHostAgent = hostAgentOf(agentIdIn(file)) !== null;
  const reader = new TranscriptReader(file, seenUuids, summaries);
  const copies = new CopyFilter();
  const isForeign = findForeignHead(file);
  for (const { text, start, end, isRest } of linesOf(file, 0, to, takesRest, onBytes)) {
    onLine(end, isRest);
    if (text === "") continue;
    const { record, problem } = text === null ? { record: null, problem: "longer than 32 MB" } : readRecord(text);
    const reason = problem ?? findProblem(record);
    if (reason) onSkipped(reason);
    usage?.noteLine({ text, start }, record);
    if (!record || isHostAgent || isForeign(record, start)) continue;
    for (const line of copies.pass(record)) yield* reader.readLine(line);
  }
  for (const line of copies.finish()) yield* reader.readLine(line);
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
  #summaries;
  #make;
  #boundaries;
  #results = new ResultReader();
  #sidechains = new SidechainTracker();
  #titles = new TitleReader();
  #heldTitles = [];
  #ownUuids = null;
  #toolCalls = new Map();
  #agents = new Map();
  #firstLine = null;
  #sessions = new Set();
  #isFork = false;
  #answer = null;

  constructor(file, seenUuids, summaries) {
    this.#file = file;
    this.#seenUuids = seenUuids;
    this.#summaries = summaries;
    this.#make = new EventMaker(file);
    this.#boundaries = new BoundaryFinder(file);
  }

  /** The events that are complete with this line. */
  readLine(record) {
    if (this.#isCopy(record)) {
      this.#titles.notePrompt(record);
      return [];
    }
    const line = this.#sidechains.identify(record);
    this.#boundaries.noteLine(line);
    return [...this.#readMessage(line), ...this.#readTitles(line)];
  }

  /** What was open when the transcript ended: running tools, the last answer, subagents, and the end of the session. */
  finish() {
    const requested = [...this.#toolCalls.values()].map((call) => call.event);
    this.#toolCalls.clear();
    const stops = [...this.#agents.values()].filter((agent) => agent.lastLine).map((agent) => this.#agentStop(agent));
    const summary = this.#summaries.findOwn(this.#file);
    const titles = summary === null ? [] : this.#titles.summarize(summary);
    return [
      ...requested,
      ...this.#endTurn({ isOver: true }),
      ...stops,
      ...this.#holdTitles(titles),
      ...this.#boundaries.endEvents(this.#make.event),
    ];
  }

  #isCopy(line) {
    if (typeof line.uuid !== "string") return false;
    const isKnown = this.#seenUuids.has(line.uuid);
    this.#seenUuids.add(line.uuid);
    this.#isFork ||= isKnown && this.#sessions.size === 0;
    return isKnown;
  }

  #readMessage(line) {
    if (isQueuedPrompt(line)) return [this.#promptEvent(line, promptIn(line.attachment.prompt) ?? "")];
    if (!isMessage(line)) return [];
    this.#make.noteLine(line);
    const isAnswer = line.type === "assistant";
    return [
      ...(isAnswer ? [] : this.#endTurn({ isOver: resultsIn(line).length === 0 && !isInterrupt(line) })),
      ...this.#startEvents(line),
      ...this.#boundaries.resumeEvents(line, this.#make.event, this.#toolCalls.size === 0),
      ...this.#boundaries.compactionEvents(line, this.#make.event),
      ...(isAnswer ? this.#readAnswer(line) : this.#readUserLine(line)),
    ];
  }

  #readTitles(line) {
    if (line.agentId) return [];
    const titles = this.#titles.read(line);
    const summary = this.#findSummary(line);
    return this.#holdTitles(summary === null ? titles : [...titles, ...this.#titles.summarize(summary)]);
  }

  /** Without a message there is no session: its titles wait for one. */
  #holdTitles(titles) {
    this.#heldTitles.push(...titles);
    return this.#sessions.size === 0 ? [] : this.#heldTitles.splice(0);
  }

  /** The summary that ends with this line, or that stands in it if its end came before. */
  #findSummary(line) {
    if (line.type !== "summary") return this.#summaries.find(line.uuid);
    const isNew = this.#summaries.add(this.#file, line);
    return isNew && this.#hasLine(line.leafUuid) ? this.#summaries.find(line.leafUuid) : null;
  }

  /** Whether a line with this id was read, and of this transcript: earlier ones were read, too. */
  #hasLine(uuid) {
    if (!this.#seenUuids.has(uuid)) return false;
    this.#ownUuids ??= readUuids(this.#file);
    return this.#ownUuids.has(uuid);
  }

  #startEvents(line) {
    if (line.agentId) return this.#agentStart(line);
    if (line.isSidechain || this.#sessions.has(line.sessionId)) return [];
    if (this.#firstLine?.sessionId !== line.sessionId) this.#firstLine = line;
    this.#make.setRoot(line);
    // Claude Code's own remarks stand before the line that shows how the session started.
    if (line.isMeta && !isProgramPrompt(line)) return [];
    this.#sessions.add(line.sessionId);
    const source = this.#isFork ? "fork" : sourceOf(line);
    return [this.#make.event("session_start", this.#firstLine, line.sessionId, { source }, { hasPrompt: false })];
  }

  #agentStart(line) {
    const known = this.#agents.get(line.agentId);
    this.#agents.set(line.agentId, { ...known, lastLine: line, message: messageIn(line) ?? known?.message });
    this.#make.setRoot(line);
    return known ? [] : [this.#make.event("subagent_start", line, line.agentId, {})];
  }

  #agentStop({ lastLine, message }) {
    return this.#make.event("subagent_stop", lastLine, lastLine.agentId, {
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
      const hasCall = this.#answer?.hasCall || blocksIn(message.content).some((block) => block.type === "tool_use");
      this.#answer = { line, promptId: this.#make.promptId, message, texts, hasCall };
    }
    for (const block of blocksIn(message.content))
      if (block.type === "tool_use" && typeof block.id === "string") {
        const data = { tool_name: block.name, tool_input: block.input ?? {}, tool_use_id: block.id };
        const about = this.#make.aboutTool(line, block.id);
        this.#toolCalls.set(block.id, { data, about, event: this.#make.event("pre_tool_use", line, about, data) });
        this.#sidechains.noteCall(block);
      }
    return ended;
  }

  /**
   * Ends the turn if the answer before this line was its last. Many hosts leave out the stop reason; then an answer of
   * text was the last if a prompt or the end of the transcript follows (`isOver`).
   */
  #endTurn({ isOver = false } = {}) {
    const answer = this.#answer;
    this.#answer = null;
    if (!answer) return [];
    const { line, message, promptId } = answer;
    const about = this.#make.aboutAnswer(line);
    const text = answer.texts.join("\n");
    if (line.isApiErrorMessage) {
      const data = { error: textOf(line.error) ?? "api_error", last_assistant_message: text };
      return [this.#make.event("stop_failure", line, line.uuid, data, { promptId })];
    }
    if (TURN_CONTINUES.has(message.stop_reason)) return [];
    if (!message.stop_reason && (!isOver || answer.hasCall || text === "")) return [];
    const data = { stop_hook_active: false, last_assistant_message: text };
    return [this.#make.event("stop", line, about, data, { promptId })];
  }

  #readUserLine(line) {
    const results = resultsIn(line);
    if (results.length) return results.flatMap((block) => this.#readResult(line, block));
    if (isInterrupt(line)) return [this.#make.event("Interrupted", line, line.uuid, {})];
    const isProgram = isProgramPrompt(line);
    if ((line.isMeta && !isProgram) || line.isSidechain || line.isCompactSummary || line.repeatsCompactSummary)
      return [];
    const prompt = promptIn(line.message.content);
    return prompt === null ? [] : [this.#promptEvent(line, prompt, isProgram ? { prompt_source: "sdk" } : {})];
  }

  #promptEvent(line, prompt, more = {}) {
    return this.#make.event("prompt_submit", line, line.uuid, { prompt, session_title: this.#titles.person, ...more });
  }

  #readResult(line, block) {
    const call = this.#toolCalls.get(block.tool_use_id);
    this.#toolCalls.delete(block.tool_use_id);
    if (!call) return [];
    const agentId = this.#sidechains.agentOf(block.tool_use_id);
    const effects = this.#results.read(line, block, { data: call.data, agentId });
    if (effects === null) return [];
    return [call.event, ...effects.map(({ hook, data }) => this.#make.event(hook, line, call.about, data))];
  }
}

function readUuids(file) {
  const uuids = new UuidSet();
  for (const { text } of linesOf(file)) {
    const uuid = text?.includes('"uuid"') ? objectIn(text)?.uuid : null;
    if (typeof uuid === "string") uuids.add(uuid);
  }
  return uuids;
}

/** A program that uses the host as a library marks its prompts as no person's. */
const isProgramPrompt = (line) => line.promptSource === "sdk" && line.type === "user";

const messageIn = (line) => (line.type === "assistant" ? textsIn(line.message.content).at(-1) : undefined);

module.exports = { readHookEvents };
