"use strict";
const { closeSync, fstatSync, openSync, readSync } = require("node:fs");
const { objectIn } = require("./lines.js");

const INTERRUPT = /^\s*\[Request interrupted by user/;
// More than the lines that the host writes after the end of a turn.
const TAIL_BYTES = 256 * 1024;

/** Whether the host wrote this line because the user interrupted the session; no hook runs for an interrupt. */
const isInterrupt = (line) =>
  line.type === "user" && !line.isSidechain && !line.agentId && INTERRUPT.test(firstTextOf(line.message?.content));

/** Whether the host wrote this line because the API refused: its hook, StopFailure, is not registered everywhere. */
const isApiError = (line) => line.type === "assistant" && !line.isSidechain && line.isApiErrorMessage === true;

function firstTextOf(content) {
  if (typeof content === "string") return content;
  const block = Array.isArray(content) ? content.find((one) => one?.type === "text") : null;
  return typeof block?.text === "string" ? block.text : "";
}

/**
 * What the last message of a transcript says about the end of the turn, for which no hook ran, as {name, line, data}:
 * an interrupt or an error. Null if it says neither.
 */
function readTurnEnd(file) {
  const line = lastMessageOf(file);
  if (!line || typeof line.uuid !== "string" || !Number.isFinite(Date.parse(line.timestamp))) return null;
  if (isInterrupt(line)) return { name: "Interrupted", line, data: {} };
  if (!isApiError(line)) return null;
  const text = firstTextOf(line.message?.content);
  const error = typeof line.error === "string" ? line.error : "api_error";
  return { name: "stop_failure", line, data: { error, last_assistant_message: text } };
}

function lastMessageOf(file) {
  const isMessage = ({ type, isMeta, isSidechain }) =>
    (type === "user" || type === "assistant") && !isMeta && !isSidechain;
  return readTail(file)
    .split("\n")
    .map((text) => (text.startsWith("{") ? objectIn(text) : null))
    .findLast((line) => line && isMessage(line));
}

function readTail(file) {
  const descriptor = openSync(file);
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, size - bytes.length)).toString();
  } finally {
    closeSync(descriptor);
  }
}

module.exports = { isInterrupt, readTurnEnd };
