"use strict";
const { redactJson, redactText } = require("../redact/redact.js");
const { markOf } = require("./shrink.js");

/**
 * What a hook got on stdin, without secrets, as {text, value, as, kinds}: JSON as it is; other text as a JSON string; bytes
 * that are no text in base64, marked each. `value` is what was read, before anything was taken out: it never leaves.
 */
function readPayload({ payload, cut }) {
  const decoded = decodeText(payload);
  if (cut) return asText(redactText(headOf(payload)), markOf(cut));
  // Letter by letter as one byte each, so that what is text among the bytes is read, and the rest comes back as it was.
  if (decoded === null) return asBase64(redactText(payload.toString("latin1")));
  try {
    const value = JSON.parse(decoded);
    return { ...redactJson(decoded), value };
  } catch {
    return asText(redactText(decoded));
  }
}

const asText = ({ text, kinds }, mark = "") => ({ text: JSON.stringify(text + mark), as: "text", kinds });

const asBase64 = ({ text, kinds }) => ({ text: JSON.stringify(Buffer.from(text, "latin1").toString("base64")), as: "base64", kinds });

/** The cut may go through a secret, of which a half would not be known: the last word goes. */
const headOf = (payload) => payload.toString("utf8").replace(/[^\s"]{1,4096}$/, "");

function decodeText(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

module.exports = { readPayload };
