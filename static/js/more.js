// Goes on with a timeline when its end comes near; without scripts the link is a link.

import { localise } from "./time.js";

const AHEAD = "600px 0px";
const timeline = document.querySelector("#timeline");

// A turn that continues on the next page stays one turn.
const appendTurns = (page) => {
  const first = page.querySelector(".turn");
  const last = timeline.querySelector(".turn:last-of-type");
  if (first && last && "continues" in first.dataset && first.dataset.turn === last.dataset.turn) {
    last.querySelector(":scope > .steps-of").append(...first.querySelector(":scope > .steps-of").children);
    first.remove();
  }
  timeline.append(page);
};

const load = async (link) => {
  const answer = await fetch(link.href, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok || answer.redirected) return;
  const template = document.createElement("template");
  template.innerHTML = await answer.text(); // our own server's, with everything captured escaped
  localise(template.content);
  link.parentElement.remove();
  appendTurns(template.content);
  watch();
  document.dispatchEvent(new Event("extended"));
};

const endObserver = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      endObserver.unobserve(target);
      load(target);
    }
  },
  { rootMargin: AHEAD },
);

const watch = () => {
  const link = timeline.querySelector("[data-more]");
  if (link) endObserver.observe(link);
};

watch();
