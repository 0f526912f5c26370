// Buttons that copy what is masked on the screen. They are hidden in the page, since without scripts they are dead.

const COPIED_MS = 1600; // how long "Copied" stands

async function copy(button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied ✓";
  } catch {
    button.textContent = "Not allowed";
  }
  button.disabled = true;
  setTimeout(() => {
    button.textContent = label;
    button.disabled = false;
    button.focus();
  }, COPIED_MS);
}

export function enableCopyButtons(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard; // there is none over plain http from another machine
    button.addEventListener("click", () => copy(button));
  }
}

enableCopyButtons(document);
