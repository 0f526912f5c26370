// One stream of server-sent events that does not give up: the browser's own retries, and ours after a refusal.

import { pause } from "./plan.js";

const PATIENCE = 12_000; // milliseconds of retrying until it is called offline

// Calls `onMessage(html)` for each message of this name and `onState("live" | "reconnecting" | "offline")` when that
// changes. Returns what closes the stream, and what opens it again where it was.
export function follow(address, cursor, { name, onMessage, onState }) {
  let source;
  let attempt = 0;
  let retry;
  let doubt;

  const open = () => {
    close();
    const from = new URL(address, location.href);
    from.searchParams.set("cursor", cursor);
    source = new EventSource(from);
    source.addEventListener("open", live);
    source.addEventListener("error", lost);
    source.addEventListener(name, (event) => {
      cursor = event.lastEventId || cursor;
      onMessage(event.data);
    });
  };

  const close = () => {
    clearTimeout(retry);
    clearTimeout(doubt);
    doubt = undefined;
    source?.close();
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
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && open());
  open();
  return { open, close, isClosed: () => source.readyState === EventSource.CLOSED };
}
