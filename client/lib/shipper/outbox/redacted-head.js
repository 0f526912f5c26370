"use strict";
const fs = require("node:fs");
const { redactText } = require("../../redact/redact.js");
const { cutText, MARGIN } = require("../events/cut.js");

const MAX_HEAD_CHARS = 65_536;

/** The head of any file as text, redacted. */
function readRedactedHead(file) {
  const { size } = fs.statSync(file);
  const bytes = Buffer.alloc(Math.min(size, MAX_HEAD_CHARS + MARGIN));
  const descriptor = fs.openSync(file);
  try {
    fs.readSync(descriptor, bytes, 0, bytes.length, 0);
  } finally {
    fs.closeSync(descriptor);
  }
  const isAll = bytes.length === size;
  const { text } = redactText(bytes.toString());
  return isAll && text.length <= MAX_HEAD_CHARS
    ? text
    : cutText(text, { head: MAX_HEAD_CHARS, bytes: size, sha256: "not counted", isAll });
}

module.exports = { readRedactedHead };
