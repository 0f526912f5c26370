// The live timeline of a session, its heading and its map.

import { mergeTimeline } from "./merge-timeline.js";
import { recordTimes, showState } from "../connection-status.js";
import { MAX_ROWS, waiting } from "../plan.js";
import { EventStream } from "../stream.js";
import { refreshSession } from "./now.js";
import { parsePage, unloadSoon } from "./step-groups.js";

const END_DISTANCE_PX = 48; // pixels above the end within which new steps scroll into view
const HIDDEN_STREAM_MS = 60_000; // after this time a hidden page closes its stream

const header = document.querySelector("[data-stream]");
const timeline = document.querySelector("#timeline");
const pill = document.querySelector("#pill");
let heldUpdates = []; // updates that came while the reader was further up, in order
let newIds = new Set(); // the steps in these updates, each counted once
let closeTimer;

const isAtEnd = () => document.documentElement.scrollHeight - innerHeight - scrollY <= END_DISTANCE_PX;
const isWhole = () => heldUpdates.length <= MAX_ROWS && !timeline.querySelector("[data-more]");
const isReading = () => !isAtEnd() || !getSelection().isCollapsed || timeline.contains(document.activeElement);

const receive = (html) => {
  const content = parsePage(html);
  recordTimes(content.querySelectorAll("time"));
  document.dispatchEvent(new Event("events"));
  refreshSession();
  if (timeline) apply(content);
};

const apply = (content) => {
  const updatedIds = mergeTimeline(timeline, content, { add: false });
  if (!updatedIds.length) return;
  heldUpdates = [...heldUpdates, content].slice(-MAX_ROWS - 1); // one more than the limit: some were dropped
  for (const id of updatedIds) newIds.add(id);
  if (isWhole() && !isReading()) release();
  else show();
};

const release = () => {
  const end = isAtEnd();
  for (const content of heldUpdates) mergeTimeline(timeline, content, { add: true });
  heldUpdates = [];
  newIds = new Set();
  show();
  if (end) toEnd();
  unloadSoon();
};

const toEnd = () => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });

const show = () => {
  pill.hidden = newIds.size === 0;
  pill.textContent = waiting(newIds.size);
};

pill?.addEventListener("click", () => {
  if (!isWhole()) return location.assign("?at=end");
  release();
  toEnd();
});
addEventListener("scroll", () => heldUpdates.length && isAtEnd() && isWhole() && release(), { passive: true });
document.addEventListener("extended", () => heldUpdates.length && isWhole() && release());

const stream = new EventStream(header.dataset.stream, header.dataset.cursor, {
  name: "steps",
  onMessage: receive,
  onState: showState,
});
recordTimes(header.querySelectorAll("[data-last]"));

// A browser opens few streams to one host at a time: a hidden page closes its own.
document.addEventListener("visibilitychange", () => {
  clearTimeout(closeTimer);
  if (document.hidden) closeTimer = setTimeout(() => stream.close(), HIDDEN_STREAM_MS);
  else if (stream.isClosed()) stream.open();
});
