"use strict";
const crypto = require("node:crypto");

/** A digest of what `linesOf` met in a file: the file may be another one by the time its events were delivered. */
class ReadDigest {
  #hash = crypto.createHash("sha256");
  // Of what was read up to the last line end, if more was.
  #lines = null;

  add = (bytes, isOpen) => {
    this.#lines = isOpen ? (this.#lines ?? this.#hash.copy()) : null;
    this.#hash.update(bytes);
  };

  /** With or without a last line that has no line end. */
  end({ rest }) {
    return ((!rest && this.#lines) || this.#hash).digest("hex");
  }
}

module.exports = { ReadDigest };
