"use strict";

// A long random part: alone, or after words such as Anthropic's `msg_`. Such an id occurs once in the world.
const RANDOM_PART = /(?:^|[_-])([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-Za-z]{16,})$/;
// A constant, a counter or a time is not random: it repeats its characters, or has only digits.
const MIN_DISTINCT_CHARS = 8;
const USER = /"type": ?"user"/;

// The lines of an answer follow each other.
const last = { id: null, isUnique: false };

/** Whether a message id names one answer wherever it stands. */
function isUniqueId(id) {
  if (typeof id !== "string") return false;
  if (id !== last.id) Object.assign(last, { id, isUnique: looksUnique(id) });
  return last.isUnique;
}

function looksUnique(id) {
  const [, random = ""] = RANDOM_PART.exec(id) ?? [];
  return /\d/.test(random) && /[A-Za-z]/.test(random) && countDistinct(random) >= MIN_DISTINCT_CHARS;
}

const isCounted = new Uint8Array(128);

/** Counts the different characters of a short text of ASCII, up to as many as matter. */
function countDistinct(text) {
  isCounted.fill(0);
  let count = 0;
  for (let at = 0; at < text.length && count < MIN_DISTINCT_CHARS; at += 1) {
    const code = text.charCodeAt(at);
    count += 1 - isCounted[code];
    isCounted[code] = 1;
  }
  return count;
}

/**
 * The keys by which the lines of one transcript belong to answers. Gateways give the same message id to every answer:
 * session, request and time distinguish theirs. Without a request, an answer ends with the next line of a user, unless
 * a later line names one of its own lines as its parent: a tool may have run in between.
 */
class AnswerKeys {
  #open = new Map();
  #userLines = 0;

  /** Notes a line that is no answer, by its text: the shipper, which does not parse it, must come to the same keys. */
  noteOtherLine(text) {
    if (this.#open.size && USER.test(text)) this.#userLines += 1;
  }

  keyOf({ id, line }) {
    if (isUniqueId(id)) return id;
    const { sessionId, requestId, timestamp, uuid, parentUuid } = line;
    if (typeof requestId === "string" && requestId !== "") return `${id} ${sessionId} ${requestId}`;
    const known = this.#open.get(`${id} ${sessionId}`);
    const continues = known && (known.userLines === this.#userLines || known.uuids.has(parentUuid));
    const answer = continues ? known : { key: `${id} ${sessionId} ${timestamp}`, uuids: new Set() };
    answer.userLines = this.#userLines;
    if (typeof uuid === "string") answer.uuids.add(uuid);
    this.#open.set(`${id} ${sessionId}`, answer);
    return answer.key;
  }
}

module.exports = { AnswerKeys, isUniqueId };
