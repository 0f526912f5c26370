// The first steps tick themselves off. Without scripts a reload shows the same.

import { enableCopyButtons } from "../copy.js";

const POLL_MS = 3_000;
const HELP_MS = 60_000;

const section = document.querySelector("#first-steps");
let isAsking = false;

const stageOf = (root) => root.querySelector("[data-stage]")?.dataset.stage;
const isDone = () => !section.isConnected || section.querySelector("[data-done]") !== null;

// Only changed parts are replaced: otherwise a token that the user copies would be hidden again.
const show = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html; // our own server's, with everything captured escaped
  if (stageOf(template.content) === stageOf(section)) return;
  const isHelpOpen = section.querySelector(".nothing-yet")?.open ?? false;
  section.replaceChildren(template.content);
  const help = section.querySelector(".nothing-yet");
  if (help) help.open = isHelpOpen;
  enableCopyButtons(section);
};

const ask = async () => {
  if (isAsking || document.hidden || isDone()) return;
  isAsking = true;
  try {
    const answer = await fetch(section.dataset.src, { headers: { "X-Requested-With": "fetch" } });
    if (answer.status === 204) section.remove();
    else if (answer.ok && !answer.redirected) show(await answer.text());
  } catch {
    // The server is away: the next try may succeed.
  } finally {
    isAsking = false;
  }
};

if (section) {
  const polling = setInterval(() => (isDone() ? clearInterval(polling) : ask()), POLL_MS);
  document.addEventListener("events", ask);
  document.addEventListener("visibilitychange", ask);
  setTimeout(() => {
    const help = section.querySelector(".nothing-yet");
    if (help) help.open = true;
  }, HELP_MS);
}
