// The live board follows the feed: it is fetched again after new events, at most once in a while.

import { elapsed } from "./plan.js";
import { localise } from "./time.js";

const REFRESH_PAUSE_MS = 400;
const board = document.querySelector("#live-board");
const cards = board.querySelector(".session-cards");
const notifyButton = document.querySelector("#notify");
let isRefreshDue = false;
let waitingCount = 0;

const countWaiting = () => cards.querySelectorAll('[data-state="waiting"]').length;

const show = () => {
  board.hidden = !cards.children.length;
  updateAges();
  const now = countWaiting();
  if (now > waitingCount && globalThis.Notification?.permission === "granted" && document.hidden) {
    const first = cards.querySelector('[data-state="waiting"]');
    new Notification("A session waits for you", { body: first.querySelector("a bdi").textContent, tag: "memfog" });
  }
  waitingCount = now;
};

const refresh = async () => {
  isRefreshDue = false;
  const answer = await fetch(board.dataset.src).catch(() => undefined);
  if (!answer?.ok || answer.redirected) return;
  const template = document.createElement("template");
  template.innerHTML = await answer.text(); // our own server's, with everything captured escaped
  localise(template.content);
  const focused = cards.contains(document.activeElement) ? document.activeElement.getAttribute("href") : undefined;
  cards.replaceChildren(template.content);
  if (focused) cards.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  show();
};

const updateAges = () => {
  for (const time of cards.querySelectorAll("[data-since]")) {
    time.textContent = elapsed(Date.now() - new Date(time.dateTime).getTime());
  }
};

document.addEventListener("events", () => {
  if (isRefreshDue) return;
  isRefreshDue = true;
  setTimeout(refresh, REFRESH_PAUSE_MS);
});
setInterval(updateAges, 1000);
notifyButton.hidden = globalThis.Notification?.permission !== "default";
notifyButton.addEventListener("click", async () => {
  await Notification.requestPermission();
  notifyButton.hidden = true;
});
waitingCount = countWaiting();
show();
