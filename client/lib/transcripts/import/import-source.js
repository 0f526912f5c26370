"use strict";
const path = require("node:path");
const { isMessage } = require("../line-content.js");
const { linesOf, objectIn } = require("../lines.js");
const { promptIn } = require("../prompt-text.js");
const { SummaryIndex } = require("../session-titles.js");
const { findTranscripts } = require("../transcript-files.js");
const { readHookEvents } = require("../transcript-reader.js");
const { UsageReader } = require("../usage/usage-records.js");
const { captureStarts } = require("./known-events.js");
const { PromptIndex, readPromptHistory } = require("./prompt-history.js");
const { ReadDigest } = require("./read-digest.js");
const { UuidSet } = require("./uuid-set.js");

// Their ids are the same from hooks and from an import; other events are in the log already once hooks captured them.
const DERIVED = new Set(["Usage", "SessionTitle", "PullRequest", "Interrupted"]);

/**
 * Reads the events of past sessions in these config roots, with what one transcript says about another: a forked
 * session begins with copies, a summary may stand in the file of another session, and of a deleted transcript only the
 * history of prompts is left. Times in milliseconds.
 */
class ImportSource {
  #seenUuids = new UuidSet();
  #summaries = new SummaryIndex();
  #prompts = new PromptIndex();
  #leftOut = [];
  #seenSessions;
  #captureStart;

  /** `seenSessions()` returns the sessions that hooks captured; it is called when the first event is read. */
  constructor(roots, { seenSessions, onSkipped }) {
    const onSummary = (file, line) => this.#summaries.add(file, line);
    this.transcripts = findTranscripts(roots, { onSkipped, onSummary });
    this.#seenSessions = seenSessions;
  }

  /** Leaves out an unchanged transcript. Its lines are read only if a later one may have copies of them. */
  leaveOut(file) {
    this.#leftOut.push(file);
  }

  /** Whether the next read begins with the lines of transcripts that were left out. */
  get hasLeftOut() {
    return this.#leftOut.length > 0;
  }

  /** The events of a transcript. */
  *read(file, since, { onSkipped, onLine, onBytes }) {
    this.#noteLeftOut();
    yield* this.#wantedEvents(file, { since, onSkipped, onLine, onBytes, seenUuids: this.#seenUuids });
  }

  /** The events of a transcript up to a size, without effect on what is read later. */
  probe(file, { size, rest = false }, since, onBytes) {
    const own = new Set();
    const seenUuids = {
      has: (uuid) => own.has(uuid) || this.#seenUuids.has(uuid),
      add: (uuid) => own.add(uuid),
    };
    return this.#wantedEvents(file, { since, seenUuids, onBytes, to: size, takesRest: rest });
  }

  /** {last, isSame}: the last event of a transcript up to a size, and whether its bytes are those that were read. */
  lastBefore({ file, since, ...before }) {
    let last = null;
    const isSame = isReadAgain(
      before,
      (onBytes) => this.probe(file, before, since, onBytes),
      (event) => {
        last = event;
      },
    );
    // Older versions kept no digest.
    return { last, isSame: isSame || before.digest === undefined };
  }

  /** The ids of events that were made of a transcript when it was shorter, if it has the same beginning. */
  idsBefore(file, before, since) {
    this.#noteLeftOut();
    return idsIfSame(before, (onBytes) => this.probe(file, before, since, onBytes));
  }

  /** The ids of events that were made of a history of prompts when it was shorter, if it has the same beginning. */
  promptIdsBefore(file, before, since, isImported) {
    const [to, takesRest] = [before.size, before.rest];
    return idsIfSame(before, (onBytes) => this.readPromptHistory(file, since, { isImported, onBytes, to, takesRest }));
  }

  /** The events of sessions of which only this history of prompts is left. `isImported(session)`: from a transcript. */
  *readPromptHistory(file, since, { isImported, ...options }) {
    this.#noteLeftOut();
    const named = new UuidSet();
    for (const transcript of this.transcripts) named.add(path.basename(transcript.file, ".jsonl"));
    const seen = this.#captured();
    const isKnown = (entry) => {
      if (entry.time < since) return true;
      if (!entry.isNamed) return BigInt(entry.time) * 1_000_000n >= seen.start || this.#prompts.has(entry);
      return named.has(entry.session) || seen.sessions.first(entry.session) !== null || isImported(entry.session);
    };
    yield* readPromptHistory(file, { ...options, isKnown });
  }

  *#wantedEvents(file, { since, seenUuids, onSkipped, onLine, onBytes, to, takesRest }) {
    const from = BigInt(Math.trunc(since)) * 1_000_000n;
    this.#captureStart ??= captureStarts(this.#captured().sessions);
    const summaries = this.#summaries;
    for (const event of readEvents(file, { seenUuids, summaries, onSkipped, onLine, onBytes, to, takesRest })) {
      if (event.name === "prompt_submit") this.#notePrompt(event);
      const end = DERIVED.has(event.name) ? null : this.#captureStart(file, event.session);
      if (event.time >= from && (end === null || event.time < end)) yield event;
    }
  }

  #notePrompt({ payload, time }) {
    this.#prompts.add({ prompt: JSON.parse(payload).prompt, time: Number(time / 1_000_000n) });
  }

  #captured() {
    this.capturedSessions ??= this.#seenSessions();
    return { sessions: this.capturedSessions, start: this.capturedSessions.start() };
  }

  #noteLeftOut() {
    for (const file of this.#leftOut.splice(0)) this.#noteLines(file);
  }

  #noteLines(file) {
    for (const { text } of linesOf(file)) {
      const line = text?.includes('"uuid"') ? objectIn(text) : null;
      if (typeof line?.uuid !== "string") continue;
      this.#seenUuids.add(line.uuid);
      this.#summaries.find(line.uuid);
      if (line.type !== "user" || line.isMeta || !isMessage(line)) continue;
      const prompt = promptIn(line.message.content);
      if (prompt !== null) this.#prompts.add({ prompt, time: Date.parse(line.timestamp) });
    }
  }
}

/** The ids of the events that `read(onBytes)` yields, or none if it did not read what it read before. */
function idsIfSame(before, read) {
  const ids = new Set();
  return isReadAgain(before, read, ({ id }) => ids.add(id)) ? ids : new Set();
}

/** Whether `read(onBytes)` reads what it read before. Calls `onEvent` with each event that it yields. */
function isReadAgain({ digest, rest = false }, read, onEvent) {
  const bytes = new ReadDigest();
  for (const event of read(bytes.add)) onEvent(event);
  return bytes.end({ rest }) === digest;
}

/** All events of a transcript: each line is parsed once. */
function* readEvents(file, { seenUuids, summaries, onSkipped, onLine, onBytes, to, takesRest }) {
  const usage = new UsageReader(file);
  yield* readHookEvents(file, seenUuids, { usage, summaries, onSkipped, onLine, onBytes, to, takesRest });
  yield* usage.events();
}

module.exports = { ImportSource };
