"use strict";
const extraHooks = require("../hooks-extra.json");
const defaultHooks = require("../hooks.json");
const { derivedId } = require("../shipper/events/derived-id.js");
const { aboutOf } = require("../shipper/sessions/seen-sessions.js");
const { isRandomId, textOf, timeOf } = require("./line-content.js");
const { mainFileOf } = require("./transcript-files.js");
const { agentTypeOf } = require("./usage/usage-records.js");

const EVENT_NAMES = Object.fromEntries([...defaultHooks, ...extraHooks].map(({ hook, event }) => [hook, event]));

/** Makes events in the form of the spool from the lines of one transcript, with what its earlier lines said. */
class EventMaker {
  #file;
  #agentType;
  #root = null;
  #session = null;
  #path;
  #permissionMode;

  constructor(file) {
    this.#file = file;
    this.#agentType = textOf(agentTypeOf(file));
    this.promptId = null;
  }

  noteLine(line) {
    this.promptId = textOf(line.promptId) ?? this.promptId;
    this.#permissionMode = textOf(line.permissionMode) ?? this.#permissionMode;
  }

  setRoot(line) {
    this.#root ??= textOf(line.cwd) ?? null;
  }

  /** What an event of a tool call is about. */
  aboutTool = (line, id) => (isRandomId(id) ? id : `${line.sessionId} ${line.uuid} ${id}`);

  /** What the end of a turn is about. */
  aboutAnswer = ({ message, sessionId, uuid }) => (isRandomId(message.id) ? message.id : `${sessionId} ${uuid}`);

  /** An event of the spool, about what has the id `about`; the time is that of `line`. */
  event = (hook, line, about, data, { hasPrompt = true, promptId = textOf(line.promptId) ?? this.promptId } = {}) => {
    const payload = {
      session_id: line.sessionId,
      transcript_path: this.#pathOf(line.sessionId),
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
      time: BigInt(timeOf(line.timestamp)) * 1_000_000n,
      root: this.#root ?? "",
      entrypoint: textOf(line.entrypoint),
      payload: JSON.stringify(payload),
    };
  };

  #pathOf(session) {
    if (session !== this.#session) [this.#session, this.#path] = [session, mainFileOf(this.#file, session)];
    return this.#path;
  }

  #agentTypeIn(line) {
    return this.#agentType ?? textOf(line.attributionAgent) ?? "";
  }
}

module.exports = { EventMaker };
