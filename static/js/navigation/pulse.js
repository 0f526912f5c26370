// Which sessions wait: in the navigation, and in title and icon of the tab.
//
// A page with a stream asks after an event. Others poll, one tab for all: a browser opens six connections to a host.

import { hasStream, recordTimes, showState } from "../connection-status.js";
import { pulseAfter, titled } from "../plan.js";
import { notifyWaiting } from "./notify.js";
import { showWaiting } from "./waiting.js";

const PULSE_DELAY_MS = 1_000; // from an event to the request
const TITLE = document.title;
const status = document.querySelector("#connection-status");
const icon = document.querySelector('link[rel="icon"]');
const ICON = icon.getAttribute("href");
const channel = globalThis.BroadcastChannel && new BroadcastChannel("memfog-pulse");
let next;
let soon;
let lastPulseMs = -Infinity; // when an answer came last, to this tab or to another
let missed = 0;

const show = (pulse) => {
  const { waiting, last } = pulse;
  showWaiting(pulse);
  notifyWaiting(pulse);
  document.title = titled(TITLE, waiting);
  icon.href = waiting ? `${status.dataset.icon}${waiting}.svg` : ICON;
  if (last) recordTimes([{ dateTime: last }]);
};

const receive = (pulse) => {
  lastPulseMs = performance.now();
  missed = 0;
  show(pulse);
  if (!hasStream) showState("live");
  schedulePulse();
};

const fetchPulse = async () => {
  clearTimeout(next);
  const answer = await fetch(status.dataset.src).catch(() => undefined);
  // Signed out meanwhile: the answer would be the page to sign in.
  const pulse = answer?.ok && !answer.redirected ? await answer.json().catch(() => undefined) : undefined;
  if (pulse) {
    receive(pulse);
    channel?.postMessage({ ...pulse, user: status.dataset.user });
    return;
  }
  missed += 1;
  if (!hasStream) showState(navigator.onLine && missed < 2 ? "reconnecting" : "offline");
  schedulePulse();
};

const schedulePulse = () => {
  clearTimeout(next);
  next = setTimeout(fetchPulse, pulseAfter({ hidden: document.hidden, missed, chance: Math.random() }));
};

status.hidden = false;
channel?.addEventListener("message", ({ data }) => data.user === status.dataset.user && receive(data));
const fetchSoon = () => (soon ??= setTimeout(() => (soon = undefined) ?? fetchPulse(), PULSE_DELAY_MS));
document.addEventListener("events", fetchSoon);
document.addEventListener("visibilitychange", () => {
  const isRecent = performance.now() - lastPulseMs < pulseAfter({ hidden: false, missed: 0, chance: 0 });
  if (document.hidden || isRecent) schedulePulse();
  else fetchPulse();
});
addEventListener("online", fetchPulse);
addEventListener("offline", () => hasStream || showState("offline"));
addEventListener("pageshow", (event) => event.persisted && fetchPulse());
fetchPulse();
