// Buttons that copy. They are hidden in the HTML, since they do not work without scripts.

const COPIED_MS = 1600; // how long "Copied" is shown
// The head of a turn has its prompt, unless that is too long for a line: then it follows as a block.
const BLOCKS = `figure.lines, figure.change, .prose pre, .prose, .prompt, .conversation .person,
  .turn-head:not(:has(+ .prompt))`;

// A page over plain HTTP from another machine has no clipboard: then the text is selected and copied.
export const writeText = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = Object.assign(document.createElement("textarea"), { value: text, className: "unseen" });
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (!isCopied) throw new Error("not allowed");
};

async function copy(button, text) {
  const label = button.textContent;
  try {
    await writeText(text);
    button.textContent = "Copied ✓";
  } catch {
    button.textContent = "Not allowed";
  }
  button.disabled = true;
  setTimeout(() => {
    button.textContent = label;
    button.disabled = false;
    if (document.activeElement === document.body) button.focus();
  }, COPIED_MS);
}

export function enableCopyButtons(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button, button.dataset.copy));
  }
}

// The text of a block without our own captions and buttons.
const textOf = (block) => {
  const part = (block.querySelector(":scope > h2 > bdi") ?? block).cloneNode(true);
  for (const own of part.querySelectorAll("figcaption, .copy-block, .label, .hint, .twin, .mirror")) own.remove();
  return part.textContent.replace(/\n{2,}$/, "\n");
};

// A block gets its button when the pointer or the focus comes to it: a page has hundreds of blocks.
const offerCopy = ({ target }) => {
  const block = target.closest?.(BLOCKS);
  if (!block || block.querySelector(":scope > .copy-block")) return;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "copy-block" });
  button.textContent = "Copy";
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    copy(button, textOf(block));
  });
  block.classList.add("copyable");
  block.prepend(button);
};

// An open step of a session also has its address to copy.
const offerLink = ({ target }) => {
  const step = target.closest?.(".step[id]");
  const foot = step?.querySelector(":scope > .use[open] > .payload > .step-foot");
  const session = location.pathname.match(/^\/sessions\/[^/]+/)?.[0];
  if (!foot || !session || foot.querySelector(".copy-link")) return;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "copy-link quiet" });
  button.textContent = "Copy link";
  const seq = step.id.slice(2);
  button.addEventListener("click", () => copy(button, `${location.origin}${session}?at=${seq}#e-${seq}`));
  foot.append(button);
};

for (const offer of [offerCopy, offerLink]) {
  document.addEventListener("pointerover", offer, { passive: true });
  document.addEventListener("focusin", offer);
}
enableCopyButtons(document);
