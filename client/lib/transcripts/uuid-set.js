"use strict";
const crypto = require("node:crypto");

const FIRST_SLOTS = 1024;
const MAX_LOAD = 0.7;

/**
 * A set of ids that holds eight bytes of the digest of each: an import of gigabytes meets millions of lines. Two ids of
 * a hundred million are taken for one with a chance of one in a thousand.
 */
class UuidSet {
  #slots = new BigUint64Array(FIRST_SLOTS);
  #size = 0;

  has(uuid) {
    const digest = digestOf(uuid);
    return this.#slots[this.#slotOf(digest)] === digest;
  }

  add(uuid) {
    const digest = digestOf(uuid);
    const slot = this.#slotOf(digest);
    if (this.#slots[slot] === digest) return;
    this.#slots[slot] = digest;
    this.#size += 1;
    if (this.#size > this.#slots.length * MAX_LOAD) this.#grow();
  }

  /** The slot of a digest, or the empty one where it belongs. */
  #slotOf(digest) {
    const mask = this.#slots.length - 1;
    let slot = Number(digest & 0xffffffffn) & mask;
    while (this.#slots[slot] !== 0n && this.#slots[slot] !== digest) slot = (slot + 1) & mask;
    return slot;
  }

  #grow() {
    const digests = this.#slots;
    this.#slots = new BigUint64Array(digests.length * 2);
    for (const digest of digests) if (digest !== 0n) this.#slots[this.#slotOf(digest)] = digest;
  }
}

/** Zero marks an empty slot. */
function digestOf(uuid) {
  return crypto.createHash("sha1").update(uuid).digest().readBigUInt64LE() || 1n;
}

module.exports = { UuidSet };
