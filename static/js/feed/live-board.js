// The live board follows the feed: it is fetched again after new events, at most once in a while. While the feed is
// paused it does not change; under the pointer its cards change in place, and are sorted when the pointer leaves.

import { elapsed } from "../plan.js";
import { localize } from "../time.js";

const REFRESH_PAUSE_MS = 400;
const board = document.querySelector("#live-board");
const cards = board.querySelector(".session-cards");
const pause = document.querySelector("#pause");
let isRefreshDue = false;

const show = () => {
  board.hidden = !cards.children.length;
  updateAges();
};

const idOf = (card) => card.dataset.session ?? "";

// Present cards keep their order; new ones come after them.
const keepOrder = (fresh) => {
  const order = [...cards.children].map(idOf);
  const rank = (card) => (order.includes(idOf(card)) ? order.indexOf(idOf(card)) : order.length);
  fresh.append(...[...fresh.children].sort((one, other) => rank(one) - rank(other)));
};

const refresh = async () => {
  isRefreshDue = false;
  if ("paused" in pause.dataset) return;
  const answer = await fetch(board.dataset.src).catch(() => undefined);
  if (!answer?.ok || answer.redirected) return;
  const template = document.createElement("template");
  template.innerHTML = await answer.text(); // our own server's, with everything captured escaped
  localize(template.content);
  if (cards.matches(":hover")) keepOrder(template.content);
  const focused = cards.contains(document.activeElement) ? document.activeElement.getAttribute("href") : undefined;
  const isUnfolded = Boolean(cards.querySelector(".folded-sessions details[open]"));
  cards.replaceChildren(template.content);
  for (const details of cards.querySelectorAll(".folded-sessions details")) details.open = isUnfolded;
  if (focused) cards.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  show();
};

const updateAges = () => {
  for (const time of cards.querySelectorAll("[data-since]")) {
    time.textContent = elapsed(Date.now() - new Date(time.dateTime).getTime());
  }
};

const refreshSoon = () => {
  if (isRefreshDue) return;
  isRefreshDue = true;
  setTimeout(refresh, REFRESH_PAUSE_MS);
};

document.addEventListener("events", refreshSoon);
cards.addEventListener("pointerleave", refreshSoon);
pause.addEventListener("click", refreshSoon);
setInterval(updateAges, 1000);
show();
