// Notifications of this browser, from every page: one for each session that begins to wait, closed when it no longer
// waits. A click opens the session.

const KEY = "memfog-notified"; // what was notified, for all tabs
const button = document.querySelector("#notify");
const answer = document.querySelector("#notify-answer");
const shown = new Map(); // notifications of this tab, by session
const DENIED = "This browser blocks notifications of this site. Its settings for the site can allow them.";

// Whether the server notifies this browser (/settings/notifications): then no page does it as well.
let isSubscribed = false;
const findSubscription = async () => (await navigator.serviceWorker?.getRegistration())?.pushManager?.getSubscription();
findSubscription().then(
  (subscription) => {
    isSubscribed = Boolean(subscription);
  },
  () => {}, // this browser has no push service
);

const readNotified = () => {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    return null; // storage is off: then only waits that begin while this page is open
  }
};

const storeNotified = (keys) => {
  try {
    localStorage.setItem(KEY, JSON.stringify(keys));
  } catch {
    // storage is off
  }
};

let notified = readNotified();

const show = ({ id, address, title, project, need, ask }) => {
  const notification = new Notification(`${need}: ${project}`, { body: ask || title, tag: `memfog-${id}` });
  notification.addEventListener("click", () => {
    focus();
    location.assign(`${address}?at=end`);
  });
  shown.set(id, notification);
};

const takeBack = (sessions) => {
  for (const [id, notification] of shown) {
    if (sessions.some((session) => session.id === id)) continue;
    notification.close();
    shown.delete(id);
  }
};

export const notifyWaiting = ({ sessions = [] }) => {
  const keyOf = ({ id, since }) => `${id} ${since}`;
  const known = readNotified() ?? notified ?? sessions.map(keyOf);
  takeBack(sessions);
  if (globalThis.Notification?.permission === "granted" && document.hidden && !isSubscribed)
    sessions.filter((session) => !known.includes(keyOf(session))).forEach(show);
  notified = sessions.map(keyOf);
  storeNotified(notified);
};

if (button && globalThis.Notification) {
  button.hidden = Notification.permission === "granted";
  button.addEventListener("click", async () => {
    const isGranted = (await Notification.requestPermission()) === "granted";
    button.hidden = isGranted;
    answer.textContent = isGranted ? "Notifications are on in this browser." : DENIED;
  });
}
