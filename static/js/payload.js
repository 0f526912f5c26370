// Fetches what was captured when a row is opened for the first time.

import { localize } from "./time.js";

async function fill(details) {
  const container = details.querySelector(".payload");
  if (!container || details.dataset.filled) return;
  details.dataset.filled = "yes";
  try {
    const answer = await fetch(details.dataset.src, { headers: { "X-Requested-With": "fetch" } });
    // Signed out in the meantime: the answer would be the sign-in page.
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    container.innerHTML = await answer.text(); // our own server's, with everything captured escaped
    localize(container);
  } catch {
    delete details.dataset.filled; // the link stays, and opening it again tries again
  }
}

// `toggle` does not bubble, but it can be caught on its way down.
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.matches?.("details[data-src]") && event.target.open) fill(event.target);
  },
  true,
);
