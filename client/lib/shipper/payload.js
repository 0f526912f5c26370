"use strict";
const { redactJson, redactText } = require("../redact/redact.js");
const { cutText, cutStrings } = require("./cut.js");
const { decodeText } = require("./decode.js");

/**
 * What a hook got on stdin, without secrets, as {text, value, as, kinds}: JSON as it is; other text as a JSON string;
 * bytes that are no text in base64, marked each. `value` is what was read, before anything was taken out: it never
 * leaves. With `isPart` it is what could be told of a payload that is no whole JSON.
 */
function readPayload({ payload, cut, cuts, facts = {} }) {
  if (cut)
    return {
      ...asText(mapText(redactText(payload.toString("utf8")), (text) => cutText(text, cut))),
      value: facts,
      isPart: true,
    };
  const decodedText = decodeText(payload);
  // Letter by letter as one byte each, so that what is text among the bytes is read, and the rest comes back as it was.
  if (decodedText === null) return asBase64(redactText(payload.toString("latin1")));
  try {
    const value = withFacts(JSON.parse(decodedText), facts);
    return { ...mapText(redactJson(decodedText), (text) => (cuts ? cutStrings(text, cuts) : text)), value };
  } catch {
    return asText(redactText(decodedText));
  }
}

/** What a tool was given may have become text for its size; which file that was is known all the same. */
const withFacts = (value, { tool_input: input }) =>
  input && typeof value?.tool_input === "string" ? { ...value, tool_input: input } : value;

const mapText = (redacted, cut) => ({ ...redacted, text: cut(redacted.text) });

const asText = ({ text, kinds }) => ({ text: JSON.stringify(text), as: "text", kinds });

const asBase64 = ({ text, kinds }) => ({
  text: JSON.stringify(Buffer.from(text, "latin1").toString("base64")),
  as: "base64",
  kinds,
});

module.exports = { readPayload };
