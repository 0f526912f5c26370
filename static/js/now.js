// The heading of a session and its map, as they are now. The map is drawn the more rarely, the longer it takes.

import { offer } from "./copy.js";
import { draw } from "./session-map.js";
import { pauseAfter } from "./plan.js";
import { localise } from "./time.js";

const REST = 500; // milliseconds between two questions for the heading

const about = document.querySelector("[data-now]");

// Does this some time from now, once for however many asked for it meanwhile.
const seldom = (work, pause) => {
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

const tellNow = async () => {
  const answer = await fetch(about.dataset.now, { headers: { "X-Requested-With": "fetch" } }).catch(() => undefined);
  if (answer?.status === 204) return location.assign("/sessions"); // deleted meanwhile
  if (!answer?.ok || answer.redirected) return;
  const template = document.createElement("template");
  template.innerHTML = await answer.text(); // our own server's, with everything captured escaped
  localise(template.content);
  offer(template.content);
  for (const fresh of template.content.querySelectorAll("[data-live]")) {
    const old = document.querySelector(`[data-live="${fresh.dataset.live}"]`);
    // Left alone where nothing is new (a reader is told of changes) and where the keyboard is in it.
    if (old.textContent !== fresh.textContent && !old.contains(document.activeElement)) old.replaceWith(fresh);
  }
};

let took = 0;
const drawAnew = async () => {
  const start = performance.now();
  await draw();
  took = performance.now() - start;
};

const heading = seldom(tellNow, () => REST);
const map = seldom(drawAnew, () => pauseAfter(took));

export const refresh = () => {
  heading();
  map();
};
