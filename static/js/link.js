// Whether the page is told what happens, and how long ago something last did.

import { elapsed } from "./plan.js";

const STATES = { live: "Live", reconnecting: "Catching up…", offline: "Offline" };

const link = document.querySelector("#link");
const age = link?.querySelector(".age");
let last = NaN;

// Whether a stream tells this page; else it finds out by asking.
export const isTold = Boolean(document.querySelector("[data-stream]"));

export const tell = (state) => {
  if (!link || link.dataset.state === state) return;
  link.dataset.state = state;
  link.querySelector(".says").textContent = STATES[state];
};

// `times` are elements that say when something happened.
export const happened = (times) => {
  for (const { dateTime } of times) {
    const at = Date.parse(dateTime);
    if (!(at <= last)) last = at;
  }
  tick();
};

const tick = () => {
  if (age) age.textContent = Number.isNaN(last) ? "" : `· ${elapsed(Date.now() - last)} ago`;
};

setInterval(tick, 1000);
