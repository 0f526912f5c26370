// The bar of turns by cost: one stop of the tab key, the arrow keys go from part to part, and a line says what each is.

const partOf = ({ target }) => target.closest?.(".cost-bar svg a");

const show = (event) => {
  const part = partOf(event);
  if (part) document.querySelector(".cost-bar .part-of").textContent = `· ${part.querySelector("title").textContent}`;
};

const move = (event) => {
  const part = partOf(event);
  if (!part) return;
  const parts = [...part.parentElement.querySelectorAll("a")];
  const at = parts.indexOf(part);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: parts.length - 1 }[event.key];
  if (!parts[next]) return;
  event.preventDefault();
  for (const one of parts) one.setAttribute("tabindex", one === parts[next] ? "0" : "-1");
  parts[next].focus();
};

document.addEventListener("pointerover", show, { passive: true });
document.addEventListener("focusin", show);
document.addEventListener("keydown", move);
