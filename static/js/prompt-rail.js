// The prompts beside a timeline: which one is on the screen. Also opens and closes all steps.

const HEAD_PX = 120; // the headings that stand over the timeline
const timeline = document.querySelector("#timeline");
const rail = document.querySelector("#prompts");
let isDue = false;

const seqOf = (turn) => turn.querySelector(":scope > .turn-head .sums")?.dataset.live.replace("sums-", "");

const mark = () => {
  isDue = false;
  const turns = [...timeline.querySelectorAll(":scope > .turn")];
  const shown = turns.findLast((turn) => turn.getBoundingClientRect().top <= HEAD_PX) ?? turns[0];
  const link = shown && rail.querySelector(`[data-prompt="${seqOf(shown)}"]`);
  const old = rail.querySelector("[aria-current]");
  if (!link || old === link) return;
  old?.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  rail.scrollTop += link.getBoundingClientRect().top - rail.getBoundingClientRect().top - rail.clientHeight / 2;
};

const markSoon = () => {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(mark);
};

if (rail) {
  addEventListener("scroll", markSoon, { passive: true });
  document.addEventListener("extended", markSoon);
  mark();
  // A prompt that is on the page already needs no other page.
  rail.addEventListener("click", (event) => {
    const link = event.target.closest("[data-prompt]");
    const turn = link && document.querySelector(`#e-${link.dataset.prompt}`);
    if (!turn || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (rail.matches(":popover-open")) rail.hidePopover();
    turn.scrollIntoView();
    history.replaceState(null, "", `?at=${link.dataset.prompt}#e-${link.dataset.prompt}`);
  });
}

for (const [id, isOpen] of [
  ["#open-all", true],
  ["#close-all", false],
]) {
  const button = document.querySelector(id);
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const details of timeline.querySelectorAll(".use, .rail")) details.open = isOpen;
  });
}
