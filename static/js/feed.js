// The feed: rows come in over the stream, are merged with those that are there, and wait while one reads below.

import { fade } from "./fade.js";
import { happened, tell } from "./link.js";
import { replaces, surplus, waiting } from "./plan.js";
import { EventStream } from "./stream.js";
import { localise } from "./time.js";

const NEAR_TOP = 64; // pixels; further down one is reading

const feed = document.querySelector("#feed");
const rows = document.querySelector("#rows");
const pill = document.querySelector("#pill");
const older = document.querySelector("#older");
const pause = document.querySelector("#pause");
const held = document.createElement("ol"); // newest first, like the feed, but not shown yet
let paused = false;

const parse = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html; // our own server's, with everything captured escaped
  localise(template.content);
  return template.content;
};

const find = (row) => {
  const { key } = row.dataset;
  const same = key ? `[data-key="${CSS.escape(key)}"]` : `#${CSS.escape(row.id)}`;
  return rows.querySelector(same) ?? held.querySelector(same);
};

const forget = ({ dataset }) => {
  const same = `li.row[data-event="${CSS.escape(dataset.event)}"]`;
  (rows.querySelector(same) ?? held.querySelector(same))?.remove();
};

const told = (row) => ({ open: row.classList.contains("open") });

// In the place of the old row, at the time it began, as open and as focused as it was.
const replace = (old, fresh) => {
  if (!replaces(told(old), told(fresh))) return;
  const focused = old.contains(document.activeElement);
  fresh.querySelector("time").replaceWith(old.querySelector("time"));
  fresh.querySelector("details").open = old.querySelector("details").open;
  fade(fresh, "settled");
  old.replaceWith(fresh);
  if (focused) fresh.querySelector("summary").focus({ preventScroll: true });
};

const receive = (html) => {
  const reading = paused || scrollY > NEAR_TOP || held.children.length > 0;
  // Oldest first, so that each goes on top of the one before.
  const content = parse(html);
  happened(content.querySelectorAll("time"));
  for (const row of [...content.querySelectorAll("li.row")].reverse()) {
    const old = find(row);
    if (old) replace(old, row);
    else (reading ? held : rows).prepend(row);
    if (!old && !reading) fade(row, "fresh");
  }
  content.querySelectorAll("li.gone").forEach(forget);
  trim(held);
  trim(rows);
  show();
  document.dispatchEvent(new Event("happened"));
};

const trim = (list) => {
  for (let count = surplus(list.children.length); count > 0; count--) list.lastElementChild.remove();
};

const show = () => {
  const count = held.children.length;
  pill.hidden = count === 0;
  pill.textContent = waiting(count);
  if (rows.children.length) feed.hidden = false;
  // What a demo tells came from no machine of one's own.
  if ([rows, held].some((list) => list.querySelector("li.row:not([data-demo])")))
    document.querySelector("#first")?.remove();
};

const release = () => {
  rows.prepend(...held.children);
  trim(rows);
  show();
};

// More of the past in the same page, while there is room; beyond that the link is a link.
const extend = async (event) => {
  if (surplus(rows.children.length + 50)) return;
  event.preventDefault();
  const last = rows.lastElementChild;
  const answer = await fetch(older.href);
  if (!answer.ok || answer.redirected) return location.assign(older.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.querySelector("#older");
  for (const row of page.querySelectorAll("#rows > li.row")) if (!find(row)) rows.append(row);
  localise(rows);
  if (next) older.href = next.href;
  else older.remove();
  last.nextElementSibling?.querySelector("summary").focus({ preventScroll: true });
};

pill.addEventListener("click", () => {
  release();
  scrollTo({ top: 0 });
  rows.querySelector("summary")?.focus({ preventScroll: true });
});
addEventListener("scroll", () => !paused && scrollY <= NEAR_TOP && held.children.length && release(), {
  passive: true,
});
pause.hidden = false;
pause.addEventListener("click", () => {
  paused = !paused;
  pause.textContent = paused ? "Go on" : "Pause";
  if (!paused && scrollY <= NEAR_TOP) release();
});
older?.addEventListener("click", extend);
happened([...rows.querySelectorAll("time")].slice(0, 1));
new EventStream(feed.dataset.stream, feed.dataset.cursor, { name: "rows", onMessage: receive, onState: tell });
