// What is new fades in. While much comes nothing does: all of the page would be fading, which costs half of the frames.

const CALM = 1_000; // milliseconds without anything new
const ONE = 16; // what comes within so many came at once

let last = -Infinity;
let isCalm = false;

export const fade = (part, name) => {
  const now = performance.now();
  if (now - last > ONE) isCalm = now - last > CALM;
  last = now;
  if (isCalm) part.classList.add(name);
};
