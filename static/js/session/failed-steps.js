// The keys `n` and `p`: to the next failed step, also one that is not on the page.

import { goTo } from "./go-to-step.js";
import { listFailed } from "./step-groups.js";

const timeline = document.querySelector("#timeline");

const follows = (here, part) => here.compareDocumentPosition(part) & Node.DOCUMENT_POSITION_FOLLOWING;
const precedes = (here, part) => here.compareDocumentPosition(part) & Node.DOCUMENT_POSITION_PRECEDING;

// What has the focus, or the step to which the address leads.
const findHere = () => {
  const here = document.activeElement;
  return here === document.body || here.id === "main" ? timeline.querySelector(":target") : here;
};

const findNext = (failed, here, step) => {
  if (!here) return failed.at(step > 0 ? 0 : -1);
  const own = here.closest(".step")?.id;
  const others = failed.filter(({ id }) => id !== own);
  return step > 0
    ? others.find(({ part }) => follows(here, part))
    : others.findLast(({ part }) => precedes(here, part));
};

const show = async ({ id }) => {
  if (!(await goTo(id.slice(2), { block: "nearest" }))) return;
  const summary = document.getElementById(id).querySelector(":scope > .use > summary");
  summary.focus();
  summary.scrollIntoView({ block: "nearest" });
};

// The server answers with nothing if there is no other failure, and the page stays.
const askServer = (step) => {
  const link = step > 0 ? timeline.querySelector("[data-more]") : document.querySelector(".older [rel=prev]");
  const query = step > 0 ? link?.search : `?before=${timeline.dataset.start}`;
  if (link) location.assign(`${location.pathname}/failure${query}`);
};

document.addEventListener("failure", (event) => {
  event.preventDefault();
  const next = findNext(listFailed(), findHere(), event.detail);
  if (next) show(next);
  else askServer(event.detail);
});
