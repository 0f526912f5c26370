"use strict";
const { objectOf } = require("../../network/request.js");

const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * The meaning of an answer to a batch of `count` events, as {does, …}: accepted {rejected, duplicates}, split {reason},
 * shrink, refused {status}, later {after, reason}. Any answer that is not from a Memfog server means later.
 */
function judgeAnswer(answer, count) {
  const { status } = answer;
  if (status === 200) return parseAccepted(objectOf(answer), count) ?? retryLater(answer, "the answer is not Memfog's");
  const verdict = ON_STATUS[status]?.(answer);
  return (
    verdict ??
    retryLater(answer, status >= 300 && status < 400 ? `redirects to ${answer.headers.location}` : `answers ${status}`)
  );
}

const ON_STATUS = {
  400: splitBatch,
  401: refuse,
  403: refuse,
  413: () => ({ does: "shrink" }),
  422: splitBatch,
};

/** Only counts that add up to the batch prove that the server read it: a captive portal also answers 200. */
function parseAccepted(body, count) {
  if (!body || !isCount(body.accepted)) return null;
  const { accepted, duplicates = 0, rejected = [] } = body;
  if (!isCount(duplicates) || !Array.isArray(rejected)) return null;
  const indexes = new Set(
    rejected.map((rejection) => rejection?.index).filter((index) => isCount(index) && index < count),
  );
  if (indexes.size !== rejected.length || accepted + duplicates + rejected.length !== count) return null;
  return { does: "accepted", rejected, duplicates };
}

const isCount = (value) => Number.isSafeInteger(value) && value >= 0;

/**
 * A 400 is the server's only if it has an error code: otherwise one wrong proxy setting would quarantine everything.
 */
function splitBatch(answer) {
  const { code, detail } = objectOf(answer) ?? {};
  return typeof code === "string"
    ? { does: "split", reason: { code, detail: detail ?? null, status: answer.status } }
    : null;
}

function refuse(answer) {
  return { does: "refused", status: answer.status };
}

function retryLater(answer, reason) {
  return { does: "later", after: retryAfter(answer.headers["retry-after"]), reason };
}

/** Milliseconds, from seconds or a date; null if the server sets no time. */
function retryAfter(value) {
  if (!value) return null;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(milliseconds) ? Math.min(Math.max(milliseconds, 0), MAX_RETRY_AFTER_MS) : null;
}

module.exports = { judgeAnswer };
