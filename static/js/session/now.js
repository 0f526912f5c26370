// Updates the heading and the map of a session. The longer the map takes to draw, the more rarely it is drawn.

import { enableCopyButtons } from "../copy.js";
import { drawMap } from "./session-map.js";
import { pauseAfter } from "../plan.js";
import { localize } from "../time.js";

const HEADER_PAUSE_MS = 500;
const SETTLED_MS = 4_000;

const header = document.querySelector("[data-now]");

// Does the work after a pause, once for all requests in the meantime.
const throttle = (work, pause) => {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setTimeout(async () => {
      isDue = false;
      await work();
    }, pause());
  };
};

const replace = (old, fresh) => {
  const folds = old.querySelectorAll("details");
  for (const [at, fold] of fresh.querySelectorAll("details").entries()) fold.open = folds[at]?.open ?? fold.open;
  old.replaceWith(fresh);
};

const refreshHeader = async () => {
  const answer = await fetch(header.dataset.now, { headers: { "X-Requested-With": "fetch" } }).catch(() => undefined);
  if (answer?.status === 204) return location.assign("/sessions"); // deleted meanwhile
  if (!answer?.ok || answer.redirected) return;
  const template = document.createElement("template");
  template.innerHTML = await answer.text(); // our own server's, with everything captured escaped
  localize(template.content);
  enableCopyButtons(template.content);
  for (const fresh of template.content.querySelectorAll("[data-live]")) {
    const old = document.querySelector(`[data-live="${fresh.dataset.live}"]`);
    if (!old) {
      if (fresh.matches(".prompt-rail li, ol > li")) document.querySelector(".prompt-rail ol")?.append(fresh);
      continue;
    }
    // Folds stay as they are. A part without a change stays, since screen readers announce changes; so does a part that
    // has the focus.
    if (old.textContent !== fresh.textContent && !old.contains(document.activeElement)) replace(old, fresh);
  }
};

let drawMs = 0;
const redrawMap = async () => {
  const start = performance.now();
  await drawMap();
  drawMs = performance.now() - start;
};

const heading = throttle(refreshHeader, () => HEADER_PAUSE_MS);
const map = throttle(redrawMap, () => pauseAfter(drawMs));

// A busy server may not have counted the last events yet: asks again after a while without events.
let settled;

export const refreshSession = () => {
  heading();
  map();
  clearTimeout(settled);
  settled = setTimeout(refreshHeader, SETTLED_MS);
};
