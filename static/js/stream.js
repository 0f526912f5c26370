// One stream of server-sent events that is always retried: by the browser, and by this module after a refusal.

import { pause } from "./plan.js";

const OFFLINE_AFTER_MS = 12_000; // of retries, before the stream counts as offline

// Calls `onMessage(html)` for each message of this name and `onState("live" | "reconnecting" | "offline")` when the
// state changes. It opens at once; after `close` it can be opened again, and continues where it was.
export class EventStream {
  #source;
  #attempt = 0;
  #retryTimer;
  #offlineTimer;

  constructor(address, cursor, { name, onMessage, onState }) {
    Object.assign(this, { address, cursor, name, onMessage, onState });
    addEventListener("online", () => this.open());
    addEventListener("offline", () => this.onState("offline"));
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", (event) => event.persisted && this.open());
    this.open();
  }

  open() {
    this.close();
    const url = new URL(this.address, location.href);
    url.searchParams.set("cursor", this.cursor);
    this.#source = new EventSource(url);
    this.#source.addEventListener("open", () => this.#handleOpen());
    this.#source.addEventListener("error", () => this.#handleError());
    this.#source.addEventListener(this.name, (event) => this.#handleMessage(event));
  }

  close() {
    clearTimeout(this.#retryTimer);
    this.#clearOfflineTimer();
    this.#source?.close();
  }

  isClosed() {
    return this.#source.readyState === EventSource.CLOSED;
  }

  #handleOpen() {
    this.#attempt = 0;
    this.#clearOfflineTimer();
    this.onState("live");
  }

  #handleError() {
    this.onState(navigator.onLine ? "reconnecting" : "offline");
    this.#offlineTimer ??= setTimeout(() => this.onState("offline"), OFFLINE_AFTER_MS);
    // A refused stream is closed, and the browser does not retry it.
    if (this.isClosed()) this.#retryTimer = setTimeout(() => this.open(), pause(this.#attempt++, Math.random()));
  }

  #handleMessage({ data, lastEventId }) {
    this.cursor = lastEventId || this.cursor;
    this.onMessage(data);
  }

  #clearOfflineTimer() {
    clearTimeout(this.#offlineTimer);
    this.#offlineTimer = undefined;
  }
}
