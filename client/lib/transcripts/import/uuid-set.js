"use strict";

const FIRST_SLOTS = 1024;
const MAX_LOAD = 0.7;

/**
 * A set of ids that holds eight bytes of each: an import of gigabytes meets millions of lines. The chance that two of
 * ten million ids are taken for one is one in a hundred thousand.
 */
class UuidSet {
  // Two halves of a hash in each slot; both are 0 in an empty one.
  #slots = new Uint32Array(2 * FIRST_SLOTS);
  #size = 0;

  get size() {
    return this.#size;
  }

  has(uuid) {
    const hash = hashOf(uuid);
    return this.#isTaken(this.#slotOf(hash));
  }

  add(uuid) {
    const hash = hashOf(uuid);
    const slot = this.#slotOf(hash);
    if (this.#isTaken(slot)) return;
    this.#slots.set(hash, slot);
    this.#size += 1;
    if (this.#size * 2 > this.#slots.length * MAX_LOAD) this.#grow();
  }

  #isTaken = (slot) => this.#slots[slot] !== 0 || this.#slots[slot + 1] !== 0;

  /** The slot of a hash, or the empty one where it belongs. */
  #slotOf([low, high]) {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (low * 2) & mask;
    while (this.#isTaken(slot) && (slots[slot] !== low || slots[slot + 1] !== high)) slot = (slot + 2) & mask;
    return slot;
  }

  #grow() {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let slot = 0; slot < old.length; slot += 2)
      if (old[slot] !== 0 || old[slot + 1] !== 0) {
        const hash = [old[slot], old[slot + 1]];
        this.#slots.set(hash, this.#slotOf(hash));
      }
  }
}

/** Two hashes of 32 bits with different factors (after FNV-1a and MurmurHash): no cryptography is needed here. */
function hashOf(text) {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
    high ^= high >>> 13;
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b);
  return [(low ^ (low >>> 13)) >>> 0, high >>> 0 || 1];
}

module.exports = { UuidSet };
