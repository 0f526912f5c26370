// Loads more of a timeline when its end comes near; without scripts the link opens the next page.

import { fetchOnce, parsePage, splitGroups } from "./step-groups.js";

const AHEAD = "600px 0px";
const timeline = document.querySelector("#timeline");

// A turn that continues on the next page stays one turn.
export const appendTurns = (container, page) => {
  const first = page.querySelector(".turn");
  const last = container.querySelector(":scope > .turn:last-of-type");
  if (first && last && "continues" in first.dataset && first.dataset.turn === last.dataset.turn) {
    last.append(...first.querySelectorAll(":scope > .steps-of"));
    first.remove();
  }
  container.append(page);
};

const load = async (link) => {
  const text = await fetchOnce(link.getAttribute("href")); // steps of it that are unloaded come from this text
  if (!text) return;
  const page = parsePage(text);
  splitGroups(page);
  link.parentElement.remove();
  appendTurns(timeline, page);
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
