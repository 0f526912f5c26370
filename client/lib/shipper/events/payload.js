"use strict";
const { redactJson, redactText } = require("../../redact/redact.js");
const { decodeText } = require("../spool/decode.js");
const { cutText, cutStrings } = require("./cut.js");

/**
 * The hook's stdin without secrets, as {text, value, as, kinds}: JSON unchanged; other text as a JSON string; other
 * bytes as base64, with `as` set. `value` is the parsed payload before redaction: it never leaves this machine.
 * `isPart` means that `value` has only the facts of an incomplete payload. `text` is the payload as text, if the caller
 * has it.
 */
function readPayload({ payload, text: knownText, cut, cuts, facts = {} }) {
  if (cut) {
    const { text, kinds } = redactText(payload.toString("utf8"));
    return { ...asText({ text: cutText(text, cut), kinds }), value: facts, isPart: true };
  }
  const decodedText = knownText ?? decodeText(payload);
  // One character per byte, so that text among the bytes is redacted and the rest stays the same.
  if (decodedText === null) return asBase64(redactText(payload.toString("latin1")));
  try {
    const value = withFacts(JSON.parse(decodedText), facts);
    const { text, kinds } = redactJson(decodedText);
    return { text: cuts ? cutStrings(text, cuts) : text, kinds, value };
  } catch {
    return asText(redactText(decodedText));
  }
}

/** A tool's input may have become text for its size; its facts still name the file. */
const withFacts = (value, { tool_input: input }) =>
  input && typeof value?.tool_input === "string" ? { ...value, tool_input: input } : value;

const asText = ({ text, kinds }) => ({ text: JSON.stringify(text), as: "text", kinds });

const asBase64 = ({ text, kinds }) => ({
  text: JSON.stringify(Buffer.from(text, "latin1").toString("base64")),
  as: "base64",
  kinds,
});

module.exports = { readPayload };
