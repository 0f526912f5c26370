// One step of a timeline, as it is told anew: as open, as focused and as selected as it was.

const waiting = new Map(); // steps in which somebody selects something, and what they will become

export function adopt(old, fresh) {
  const [was, is] = [old, fresh].map((step) => step.querySelector(":scope > .use"));
  old.className = fresh.className;
  if (isSelected(was)) waiting.set(old, is);
  else renew(was, is);
}

function renew(was, is) {
  const focused = was.querySelector(":scope > summary") === document.activeElement;
  // What is open stays so; what somebody closed does too. What is fetched when it is opened was not closed by anybody.
  is.open = was.open || ("src" in was.dataset && is.open);
  // What was fetched stays until it is fetched anew.
  if (is.open && "src" in is.dataset) is.querySelector(".payload").replaceWith(was.querySelector(".payload"));
  for (const raw of was.querySelectorAll("details.raw[open]")) {
    is.querySelector(`details.raw[data-src="${CSS.escape(raw.dataset.src)}"]`)?.replaceWith(raw);
  }
  was.replaceWith(is);
  if (focused) is.querySelector("summary").focus({ preventScroll: true });
}

const isSelected = (use) => {
  const selection = getSelection();
  return !selection.isCollapsed && selection.containsNode(use, true);
};

document.addEventListener("selectionchange", () => {
  for (const [step, is] of waiting) {
    const was = step.querySelector(":scope > .use");
    if (isSelected(was)) continue;
    waiting.delete(step);
    renew(was, is);
  }
});
