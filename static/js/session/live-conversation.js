// The conversation of a running session: new messages are added at its end. A reader who is further up stays there.

import { enableCopyButtons } from "../copy.js";
import { waiting } from "../plan.js";
import { localize } from "../time.js";

const PAUSE_MS = 400; // collects the events of a moment
const SETTLED_MS = 4_000; // a busy server may not have projected the last events yet
const END_DISTANCE_PX = 48;

const list = document.querySelector("#conversation");
const pill = document.querySelector("#new-messages");
let unseen = 0;
let isDue = false;
let settled;

const isAtEnd = () => document.documentElement.scrollHeight - innerHeight - scrollY <= END_DISTANCE_PX;
const toEnd = () => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
const lastPosition = () => list.querySelector("li:last-of-type[data-position]")?.dataset.position ?? "";

const show = () => {
  pill.hidden = unseen === 0;
  pill.textContent = waiting(unseen);
};

const add = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html; // our own server's, with everything captured escaped
  const lines = [...template.content.children].filter(({ id }) => !document.getElementById(id));
  if (!lines.length) return;
  localize(template.content);
  enableCopyButtons(template.content);
  const follows = isAtEnd();
  document.querySelector("#no-messages")?.remove();
  list.append(...lines);
  unseen = follows ? 0 : unseen + lines.length;
  show();
  if (follows) toEnd();
};

const fetchNew = async () => {
  const query = new URLSearchParams({ after: lastPosition() });
  const headers = { "X-Requested-With": "fetch" };
  const answer = await fetch(`${list.dataset.src}?${query}`, { headers }).catch(() => undefined);
  if (answer?.ok && !answer.redirected) add(await answer.text());
};

const fetchSoon = () => {
  clearTimeout(settled);
  settled = setTimeout(fetchNew, SETTLED_MS);
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    fetchNew();
  }, PAUSE_MS);
};

document.addEventListener("events", fetchSoon);
pill.addEventListener("click", () => {
  unseen = 0;
  show();
  toEnd();
});
addEventListener(
  "scroll",
  () => {
    if (!unseen || !isAtEnd()) return;
    unseen = 0;
    show();
  },
  { passive: true },
);
