// The list of sessions: it is filtered while the user types, and updated after events.

import { recordTimes, showState } from "./connection-status.js";
import { EventStream } from "./stream.js";
import { localize } from "./time.js";

const TYPING_MS = 250; // after the last key
const FRESH_MS = 1_500; // from an event to the request
const list = document.querySelector("#session-list");
const form = document.querySelector("#session-filter");
let soon;
let latest = 0; // the number of the last request: an answer to an earlier one is not shown

const load = async (address) => {
  const number = ++latest;
  const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" } }).catch(() => undefined);
  if (!answer?.ok || answer.redirected || number !== latest) return;
  const template = document.createElement("template");
  template.innerHTML = await answer.text(); // our own server's, with everything captured escaped
  localize(template.content);
  const focused = list.contains(document.activeElement) && document.activeElement.getAttribute("href");
  list.replaceChildren(template.content);
  if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
};

const loadSoon = (milliseconds, address = location.href) => {
  clearTimeout(soon);
  soon = setTimeout(() => load(address), milliseconds);
};

form?.addEventListener("input", () => {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  const address = `${location.pathname}?${query}`;
  history.replaceState(null, "", address);
  loadSoon(TYPING_MS, address);
});

const receive = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  recordTimes(template.content.querySelectorAll("time"));
  document.dispatchEvent(new Event("events"));
  loadSoon(FRESH_MS);
};

new EventStream(list.dataset.stream, list.dataset.cursor, { name: "rows", onMessage: receive, onState: showState });
