// New elements fade in, unless many arrive: if all of the page were fading, half of the frames would be lost.

const CALM = 1_000; // milliseconds without anything new
const ONE = 16; // elements within this time arrived together

let last = -Infinity;
let isCalm = false;

export const fade = (part, name) => {
  const now = performance.now();
  if (now - last > ONE) isCalm = now - last > CALM;
  last = now;
  if (isCalm) part.classList.add(name);
};
