// The state of the page's connection, and the age of the latest event.

import { elapsed } from "./plan.js";

const STATES = { live: "Live", reconnecting: "Catching up…", offline: "Offline" };

const status = document.querySelector("#connection-status");
const age = status?.querySelector(".age");
let lastEventMs = NaN;

// Whether this page has a stream; a page without one polls.
export const hasStream = Boolean(document.querySelector("[data-stream]"));

export const showState = (state) => {
  if (!status || status.dataset.state === state) return;
  status.dataset.state = state;
  status.querySelector(".connection-label").textContent = STATES[state];
};

// `times` are elements with the times of events.
export const recordTimes = (times) => {
  for (const { dateTime } of times) {
    const at = Date.parse(dateTime);
    if (!(at <= lastEventMs)) lastEventMs = at;
  }
  updateAge();
};

const updateAge = () => {
  if (age) age.textContent = Number.isNaN(lastEventMs) ? "" : `· ${elapsed(Date.now() - lastEventMs)} ago`;
};

setInterval(updateAge, 1000);
