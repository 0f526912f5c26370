// Links to steps of this page: also to those that are unloaded. What is not on the page is another page of the server.

import { findGroup, loadStep } from "./step-groups.js";

const isHere = (id) => Boolean(document.getElementById(id) || findGroup(id));

// Shows a step, and opens the folds that hold it. False if it is not on this page.
export const goTo = async (seq, { block = "start" } = {}) => {
  const id = `e-${seq}`;
  if (!isHere(id)) return false;
  const step = await loadStep(id);
  if (!step) return false;
  for (let fold = step.closest(".rail"); fold; fold = fold.parentElement.closest(".rail")) fold.open = true;
  step.scrollIntoView({ block });
  return true;
};

// Puts the address of a step into the bar, which marks the step as the target.
export const markTarget = (seq) => {
  history.replaceState(null, "", `?at=${seq}`);
  location.replace(`#e-${seq}`);
};

const follow = async (link, id) => {
  const seq = id.slice(2);
  if (await goTo(seq)) markTarget(seq);
  else location.assign(link);
};

document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.("a[href]");
  if (event.defaultPrevented || !anchor || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = new URL(anchor.href.baseVal ?? anchor.href, location.href);
  const id = link.hash.slice(1);
  if (link.pathname !== location.pathname || !/^e-\d+$/.test(id) || !isHere(id)) return;
  event.preventDefault();
  follow(link, id);
});
