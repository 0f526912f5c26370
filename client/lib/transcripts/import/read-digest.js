"use strict";
const crypto = require("node:crypto");

/** A digest of what a reader met in a file: the file may be another one by the time its events were delivered. */
class ReadDigest {
  #hash = crypto.createHash("sha256");

  add = (bytes) => {
    this.#hash.update(bytes);
  };

  end() {
    return this.#hash.digest("hex");
  }
}

module.exports = { ReadDigest };
