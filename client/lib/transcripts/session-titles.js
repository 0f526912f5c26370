"use strict";
const { derivedId } = require("../shipper/events/derived-id.js");
const { agentIdIn } = require("./host-agents.js");
const { hasTime, textOf, textsIn, timeOf } = require("./line-content.js");
const { linesOf, objectIn } = require("./lines.js");

const PRIVATE = "<private>";
const MAX_REQUESTS = 50;
const LINE_MEMBERS = ["sessionId", "timestamp", "promptId", "cwd"];
const TITLE_LINES = {
  "custom-title": { member: "customTitle", by: "person" },
  "ai-title": { member: "aiTitle", by: "host" },
};

/**
 * Follows the titles in one transcript: names that a person gave, and titles of the host. Each change is one
 * SessionTitle event; its id follows from session, author, title and the number of changes before, so that hooks and
 * import agree. The host makes its titles of prompts: where a part of a prompt was private, none is sent. It also
 * follows the pull requests to which the host links the session: each is one PullRequest event. `state` continues where
 * an earlier reader stopped.
 */
class TitleReader {
  #state;
  // The last line with a time.
  #lastLine;
  #cwd;
  #waiting = [];

  constructor(state = null) {
    this.#state = { count: 0, titles: {}, requests: [], isPrivate: false, ...state };
    this.#lastLine = state?.lastLine ?? null;
    this.#cwd = state?.cwd;
  }

  get state() {
    return { ...this.#state, cwd: this.#cwd, lastLine: this.#lastLine && pick(this.#lastLine, LINE_MEMBERS) };
  }

  get person() {
    return this.#state.titles.person;
  }

  /** Notes a line, and returns the events that are due with it. A title has no time: it is that of the line before. */
  read(line) {
    this.notePrompt(line);
    if (typeof line.sessionId === "string" && hasTime(line)) this.#lastLine = line;
    this.#cwd = textOf(line.cwd) ?? this.#cwd;
    const kind = TITLE_LINES[line.type];
    if (kind) this.#waiting.push({ by: kind.by, title: line[kind.member], session: textOf(line.sessionId) });
    if (!this.#lastLine) return [];
    return [...this.#waiting.splice(0).flatMap((title) => this.#change(title)), ...this.#link(line)];
  }

  /** The host repeats the link whenever it opens the session. */
  #link({ type, sessionId, prUrl: url, prNumber: number }) {
    const isNew = type === "pr-link" && textOf(sessionId) && textOf(url) && !this.#state.requests.includes(url);
    if (!isNew) return [];
    this.#state.requests = [...this.#state.requests, url].slice(-MAX_REQUESTS);
    const data = { session_id: sessionId, url, number, cwd: this.#cwd };
    return [this.#event("PullRequest", sessionId, derivedId("request", sessionId, url), data)];
  }

  /** Notes a line that gives no title, such as a copy. */
  notePrompt(line) {
    this.#state.isPrivate ||= hasPrivatePart(line);
  }

  /** The host's summary of the conversation up to this line. */
  summarize(title) {
    return this.#lastLine ? this.#change({ by: "host", title }) : [];
  }

  #change({ by, title, session = this.#lastLine.sessionId }) {
    const { titles, isPrivate } = this.#state;
    const isWanted = textOf(title)?.trim() && titles[by] !== title && !(by === "host" && isPrivate);
    if (!isWanted) return [];
    titles[by] = title;
    this.#state.count += 1;
    const { promptId, cwd } = pick(this.#lastLine, LINE_MEMBERS);
    // Without a folder no exclusion would hold.
    const data = { session_id: session, title, by, prompt_id: promptId, cwd: cwd ?? this.#cwd };
    return [
      this.#event("SessionTitle", session, derivedId("title", session, by, String(this.#state.count), title), data),
    ];
  }

  #event(name, session, id, data) {
    const time = BigInt(timeOf(this.#lastLine.timestamp)) * 1_000_000n;
    return { name, session, id, time, payload: JSON.stringify(data) };
  }
}

const pick = (line, names) => Object.fromEntries(names.map((name) => [name, textOf(line[name])]));

function hasPrivatePart({ type, message, attachment }) {
  if (type !== "user" && type !== "attachment") return false;
  return textsIn(type === "user" ? message?.content : attachment?.prompt).some((text) => text.includes(PRIVATE));
}

/** The changes of titles between two bytes of a session's transcript that grows, as {events, state}. */
function readTitles(file, { offset = 0, to, state }) {
  const reader = new TitleReader(state);
  const events = [];
  if (agentIdIn(file) !== null) return { events, state };
  for (const { text } of linesOf(file, offset, to)) {
    const line = text && objectIn(text);
    if (line) events.push(...reader.read(line));
  }
  return { events, state: reader.state };
}

/**
 * The host's summaries at the beginnings of transcripts, by the last line of what they summarize: older hosts wrote
 * them into the file of another session.
 */
class SummaryIndex {
  #summaries = new Map();
  #byFile = new Map();

  /** Returns whether the summary was not known yet. */
  add(file, { leafUuid, summary }) {
    if (!textOf(leafUuid) || !textOf(summary) || this.#summaries.has(leafUuid)) return false;
    const one = { summary, isFound: false };
    this.#summaries.set(leafUuid, one);
    this.#byFile.set(file, [...(this.#byFile.get(file) ?? []), one]);
    return true;
  }

  /** The summary that ends with this line, or null. */
  find(uuid) {
    const found = this.#summaries.size ? this.#summaries.get(uuid) : null;
    if (found) found.isFound = true;
    return found?.summary ?? null;
  }

  /** The one summary in a file whose last line stands nowhere: the file continues what it summarizes. */
  findOwn(file) {
    const own = (this.#byFile.get(file) ?? []).filter((one) => !one.isFound);
    return own.length === 1 ? own[0].summary : null;
  }
}

module.exports = { TitleReader, SummaryIndex, readTitles };
