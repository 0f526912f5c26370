// One stream of server-sent events that does not give up: the browser's own retries, and ours after a refusal.

import { pause } from "./plan.js";

const PATIENCE = 12_000; // milliseconds of retrying until it is called offline

// Calls `onRows(html)` for each message and `onState("live" | "reconnecting" | "offline")` when that changes.
export function follow(address, cursor, { onRows, onState }) {
  let source;
  let attempt = 0;
  let retry;
  let doubt;

  const open = () => {
    clearTimeout(retry);
    source?.close();
    source = new EventSource(`${address}?cursor=${encodeURIComponent(cursor)}`);
    source.addEventListener("open", live);
    source.addEventListener("error", lost);
    source.addEventListener("rows", (event) => {
      cursor = event.lastEventId || cursor;
      onRows(event.data);
    });
  };

  const live = () => {
    attempt = 0;
    clearTimeout(doubt);
    doubt = undefined;
    onState("live");
  };

  const lost = () => {
    onState(navigator.onLine ? "reconnecting" : "offline");
    doubt ??= setTimeout(() => onState("offline"), PATIENCE);
    // Closed means refused, which the browser does not try again.
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, pause(attempt++, Math.random()));
  };

  addEventListener("online", open);
  addEventListener("offline", () => onState("offline"));
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && open());
  open();
}
