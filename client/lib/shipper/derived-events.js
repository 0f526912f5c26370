"use strict";
const { rank } = require("../hooks.js");
const { makePrivacyGate } = require("../privacy/gate.js");
const { makeDraft, makeEnvelope } = require("./envelope.js");
const { sortByHook } = require("./hook-order.js");
const { KnownRepos } = require("./known-repos.js");
const outbox = require("./outbox.js");
const { ENTRYPOINT, spoolEvent } = require("./spool-event.js");

// Larger payloads are cut while they are read from the spool.
const MAX_PAYLOAD_CHARS = 1024 * 1024;

/**
 * Adds events that an import derived to the outbox. They need no file of the spool: after a crash the import derives
 * them again. What is large, or fails, goes through the spool like every other event. Throws UserError if the user's
 * exclusions can not be read.
 */
function addDerivedEvents(paths, events) {
  if (events.length === 0) return;
  const privacy = makePrivacyGate(paths);
  const repos = new KnownRepos(paths);
  const repository = { repoOf: repos.repoOf, mainOf: repos.mainOf, branchOf: () => null };
  const drafts = events.map((event) => draftOf(paths, event)).filter(Boolean);
  for (const draft of sortByHook(drafts))
    orSpool(paths, draft.event, () => {
      if (privacy.isHeldBack(draft, repository)) return;
      outbox.addEvent(paths, { ...draft, text: makeEnvelope(draft, repository) }, rank(draft.hook));
    });
  repos.save();
}

function draftOf(paths, event) {
  if (event.payload.length > MAX_PAYLOAD_CHARS) {
    spoolEvent(paths, event);
    return null;
  }
  const { name: hook, id, time, root = "", entrypoint, payload } = event;
  const spooled = {
    ...{ hook, id, time, root, payload: Buffer.from(payload), digest: id },
    entrypoint: ENTRYPOINT.test(entrypoint ?? "") ? entrypoint : null,
  };
  return orSpool(paths, event, () => ({ ...makeDraft({ name: id, time }, spooled, ""), event }));
}

function orSpool(paths, event, action) {
  try {
    return action();
  } catch (error) {
    if (["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE"].includes(error.code)) throw error;
    spoolEvent(paths, event);
    return null;
  }
}

module.exports = { addDerivedEvents };
