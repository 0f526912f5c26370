// The prompts beside a timeline, and the bar of their costs: which one is on the screen. Also opens and closes all
// steps.

const HEAD_PX = 120; // the headings that stand over the timeline
const timeline = document.querySelector("#timeline");
const rail = document.querySelector("#prompts");
let isDue = false;

const mark = () => {
  isDue = false;
  const turns = [...timeline.querySelectorAll(":scope > .turn")];
  const shown = turns.findLast((turn) => turn.getBoundingClientRect().top <= HEAD_PX) ?? turns[0];
  const current = document.querySelectorAll(`[data-prompt="${shown?.dataset.promptSeq}"]`);
  for (const old of document.querySelectorAll("[data-prompt][aria-current]"))
    if (![...current].includes(old)) old.removeAttribute("aria-current");
  for (const link of current) {
    if (link.hasAttribute("aria-current")) continue;
    link.setAttribute("aria-current", "true");
    if (rail?.contains(link))
      rail.scrollTop += link.getBoundingClientRect().top - rail.getBoundingClientRect().top - rail.clientHeight / 2;
  }
};

const markSoon = () => {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(mark);
};

addEventListener("scroll", markSoon, { passive: true });
document.addEventListener("extended", markSoon);
rail?.addEventListener("click", ({ target }) => {
  if (target.closest("a") && rail.matches(":popover-open")) rail.hidePopover();
});
mark();

for (const [id, isOpen] of [
  ["#open-all", true],
  ["#close-all", false],
]) {
  const button = document.querySelector(id);
  button.hidden = false;
  button.addEventListener("click", () => {
    timeline.dataset.folds = isOpen ? "open" : "closed"; // also for steps that are loaded later
    for (const details of timeline.querySelectorAll(".use, .rail")) details.open = isOpen;
  });
}
