"use strict";
const { KnownRepos } = require("../../git/known-repos.js");
const { rank } = require("../../hooks.js");
const { makePrivacyGate } = require("../../privacy/gate.js");
const { isMachineError } = require("../machine-errors.js");
const { sortByHook } = require("../spool/hook-order.js");
const { ENTRYPOINT, spoolEvent } = require("../spool/spool-event.js");
const { makeDraft, makeEnvelope } = require("./envelope.js");

// Larger payloads are cut while they are read from the spool.
const MAX_PAYLOAD_CHARS = 1024 * 1024;

/**
 * Makes events that an import derived ready to send, as [{id, time, text, rank, isDerived}], without those that must
 * stay here. They need no file: after a crash the import derives them again. What is large, or fails, goes to the spool
 * like every other event. Throws UserError if the user's exclusions can not be read.
 */
function makeDerivedEvents(paths, events) {
  if (events.length === 0) return [];
  const privacy = makePrivacyGate(paths);
  const repos = new KnownRepos(paths);
  const repository = { repoOf: repos.repoOf, mainOf: repos.mainOf, branchOf: () => null };
  const drafts = sortByHook(events.map((event) => draftOf(paths, event)).filter(Boolean));
  const made = drafts.map((draft) =>
    orSpool(paths, draft.event, () => {
      if (privacy.isHeldBack(draft, repository)) return null;
      const { id, time, isDerived } = draft;
      return { id, time, isDerived, text: makeEnvelope(draft, repository), rank: rank(draft.hook) };
    }),
  );
  repos.save();
  return made.filter(Boolean).sort(compareEvents);
}

/** The order of the outbox. */
const compareEvents = (one, other) =>
  (one.time < other.time ? -1 : Number(one.time > other.time)) || one.rank - other.rank;

function draftOf(paths, event) {
  if (event.payload.length > MAX_PAYLOAD_CHARS) {
    spoolEvent(paths, event);
    return null;
  }
  const { name: hook, id, time, root = "", entrypoint, payload: text } = event;
  const derived = { hook, id, time, root, text, entrypoint: ENTRYPOINT.test(entrypoint ?? "") ? entrypoint : null };
  return orSpool(paths, event, () => Object.assign(makeDraft({ name: id, time }, derived, ""), { event }));
}

function orSpool(paths, event, action) {
  try {
    return action();
  } catch (error) {
    if (isMachineError(error)) throw error;
    spoolEvent(paths, event);
    return null;
  }
}

module.exports = { makeDerivedEvents };
