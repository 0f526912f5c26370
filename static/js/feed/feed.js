// The feed: rows arrive over the stream, are merged with present ones, and wait while the user reads further down.

import { fade } from "../fade.js";
import { recordTimes, showState } from "../connection-status.js";
import { isNews, replaces, surplus, waiting } from "../plan.js";
import { EventStream } from "../stream.js";
import { localize } from "../time.js";
import { fold, shrink } from "./runs.js";

const TOP_DISTANCE_PX = 64; // further down, the user is reading

const feed = document.querySelector("#feed");
const rows = document.querySelector("#rows");
const pill = document.querySelector("#pill");
const older = document.querySelector("#older");
const pause = document.querySelector("#pause");
const heldRows = document.createElement("ol"); // newest first, like the feed, but not shown yet
let paused = false;

const parse = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html; // our own server's, with everything captured escaped
  localize(template.content);
  return template.content;
};

const find = (row) => {
  const { key } = row.dataset;
  const same = key ? `[data-key="${CSS.escape(key)}"]` : `#${CSS.escape(row.id)}`;
  return rows.querySelector(same) ?? heldRows.querySelector(same);
};

const remove = (row) => {
  const run = row.closest(".run");
  row.remove();
  if (run) shrink(run);
};

const removeEvent = ({ dataset }) => {
  const same = `li.row[data-event="${CSS.escape(dataset.event)}"]`;
  const row = rows.querySelector(same) ?? heldRows.querySelector(same);
  if (row) remove(row);
};

const timeOf = (item) => Date.parse(item.querySelector("time").dateTime);
const callState = (row) => ({
  open: row.classList.contains("open"),
  bad: row.classList.contains("bad"),
  ms: timeOf(row),
});

// Inserts a row by its time. A row that is older than all others belongs to an older page, if there is one.
const insert = (list, row) => {
  const ms = timeOf(row);
  let next = list.firstElementChild;
  while (next && timeOf(next) > ms) next = next.nextElementSibling;
  if (!next && list === rows && list.children.length && older?.isConnected) return false;
  list.insertBefore(row, next);
  return true;
};

// Replaces a row: the new one keeps the start time, the open state and the focus of the old one.
const replace = (old, fresh) => {
  if (!replaces(callState(old), callState(fresh))) return;
  const focused = old.contains(document.activeElement);
  fresh.querySelector("time").replaceWith(old.querySelector("time"));
  fresh.querySelector("details").open = old.querySelector("details").open;
  fade(fresh, "settled");
  old.replaceWith(fresh);
  if (focused) fresh.querySelector("summary").focus({ preventScroll: true });
};

const add = (row, reading) => {
  const old = find(row);
  if (old && !isNews(callState(old), callState(row))) {
    replace(old, row);
    if (!reading && row.parentElement === rows) fold(row);
    return;
  }
  if (old && (!reading || !rows.contains(old))) remove(old);
  if (!insert(reading ? heldRows : rows, row) || reading) return;
  fade(row, "fresh");
  fold(row);
};

const receive = (html) => {
  const reading = paused || scrollY > TOP_DISTANCE_PX || heldRows.children.length > 0;
  const content = parse(html);
  recordTimes(content.querySelectorAll("time"));
  // Oldest first, so that each goes on top of the one before.
  for (const row of [...content.querySelectorAll("li.row")].reverse()) add(row, reading);
  content.querySelectorAll("li.gone").forEach(removeEvent);
  trim(heldRows);
  trim(rows);
  show();
  document.dispatchEvent(new Event("events"));
};

const trim = (list) => {
  for (let count = surplus(list.children.length); count > 0; count--) list.lastElementChild.remove();
};

const show = () => {
  const count = heldRows.children.length;
  pill.hidden = count === 0;
  pill.textContent = waiting(count);
  if (rows.children.length) feed.hidden = false;
  if (rows.children.length || heldRows.children.length) document.querySelector("#nothing")?.remove();
};

const release = () => {
  // Oldest first. A call has a row at its start already if the row of its end was held.
  for (const row of [...heldRows.children].reverse()) {
    const { key } = row.dataset;
    const old = key && rows.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (old) remove(old);
    if (insert(rows, row)) fold(row);
    else row.remove();
  }
  trim(rows);
  show();
};

// Adds older rows to the same page, up to its limit; after that the link opens another page.
const extend = async (event) => {
  if (surplus(rows.children.length + 50)) return;
  event.preventDefault();
  const last = rows.lastElementChild;
  const answer = await fetch(older.href);
  if (!answer.ok || answer.redirected) return location.assign(older.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.querySelector("#older");
  for (const item of page.querySelectorAll("#rows > li")) {
    if (item.matches(".run") || !find(item)) rows.append(item);
  }
  localize(rows);
  if (next) older.href = next.href;
  else older.remove();
  last.nextElementSibling?.querySelector("summary").focus({ preventScroll: true });
};

pill.addEventListener("click", () => {
  release();
  scrollTo({ top: 0 });
  rows.querySelector("summary")?.focus({ preventScroll: true });
});
const releaseAtTop = () => !paused && scrollY <= TOP_DISTANCE_PX && heldRows.children.length && release();
addEventListener("scroll", releaseAtTop, { passive: true });
pause.hidden = false;
pause.addEventListener("click", () => {
  paused = !paused;
  pause.toggleAttribute("data-paused", paused);
  pause.textContent = paused ? "Resume" : "Pause";
  if (!paused && scrollY <= TOP_DISTANCE_PX) release();
});
older?.addEventListener("click", extend);
recordTimes([...rows.querySelectorAll("time")].slice(0, 1));
new EventStream(feed.dataset.stream, feed.dataset.cursor, { name: "rows", onMessage: receive, onState: showState });
