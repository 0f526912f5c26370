// The wall follows the feed: when something happened it is asked for anew, at most once in a while.

import { elapsed } from "./plan.js";
import { localise } from "./time.js";

const REST = 400; // milliseconds between two questions
const wall = document.querySelector("#wall");
const tiles = wall.querySelector(".tiles");
const tell = document.querySelector("#tell");
let asked = false;
let waiting = 0;

const count = () => tiles.querySelectorAll('[data-state="waiting"]').length;

const show = () => {
  wall.hidden = !tiles.children.length;
  tick();
  const now = count();
  if (now > waiting && globalThis.Notification?.permission === "granted" && document.hidden) {
    const first = tiles.querySelector('[data-state="waiting"]');
    new Notification("A session waits for you", { body: first.querySelector("a bdi").textContent, tag: "memfog" });
  }
  waiting = now;
};

const refresh = async () => {
  asked = false;
  const answer = await fetch(wall.dataset.src).catch(() => undefined);
  if (!answer?.ok || answer.redirected) return;
  const template = document.createElement("template");
  template.innerHTML = await answer.text(); // our own server's, with everything captured escaped
  localise(template.content);
  const focused = tiles.contains(document.activeElement) ? document.activeElement.getAttribute("href") : undefined;
  tiles.replaceChildren(template.content);
  if (focused) tiles.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  show();
};

const tick = () => {
  for (const time of tiles.querySelectorAll("[data-since]")) {
    time.textContent = elapsed(Date.now() - new Date(time.dateTime).getTime());
  }
};

document.addEventListener("happened", () => {
  if (asked) return;
  asked = true;
  setTimeout(refresh, REST);
});
setInterval(tick, 1000);
tell.hidden = globalThis.Notification?.permission !== "default";
tell.addEventListener("click", async () => {
  await Notification.requestPermission();
  tell.hidden = true;
});
waiting = count();
show();
