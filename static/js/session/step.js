// Replaces a step of a timeline by its newer version: it stays as open, as focused and as selected as it was.

const pendingSteps = new Map(); // steps with a selection, and their newer details

export function replaceStep(old, fresh) {
  const [oldDetails, newDetails] = [old, fresh].map((step) => step.querySelector(":scope > .use"));
  old.className = fresh.className;
  if (isSelected(oldDetails)) pendingSteps.set(old, newDetails);
  else replaceDetails(oldDetails, newDetails);
}

function replaceDetails(oldDetails, newDetails) {
  const focused = oldDetails.querySelector(":scope > summary") === document.activeElement;
  // A step that the user opened or closed stays so. A step that is fetched when opened was not closed.
  newDetails.open = oldDetails.open || ("src" in oldDetails.dataset && newDetails.open);
  // A fetched payload stays until it is fetched again.
  if (newDetails.open && "src" in newDetails.dataset)
    newDetails.querySelector(".payload").replaceWith(oldDetails.querySelector(".payload"));
  for (const raw of oldDetails.querySelectorAll("details.raw[open]")) {
    newDetails.querySelector(`details.raw[data-src="${CSS.escape(raw.dataset.src)}"]`)?.replaceWith(raw);
  }
  oldDetails.replaceWith(newDetails);
  if (focused) newDetails.querySelector("summary").focus({ preventScroll: true });
}

const isSelected = (use) => {
  const selection = getSelection();
  return !selection.isCollapsed && selection.containsNode(use, true);
};

document.addEventListener("selectionchange", () => {
  for (const [step, newDetails] of pendingSteps) {
    const oldDetails = step.querySelector(":scope > .use");
    if (isSelected(oldDetails)) continue;
    pendingSteps.delete(step);
    replaceDetails(oldDetails, newDetails);
  }
});
