// Shows notices, also while no page of Memfog is open. It caches no page and answers no request.

const ICON = "/static/icons/app-192.png";

function read(event) {
  try {
    return event.data.json();
  } catch {
    return {};
  }
}

async function show({ title = "Memfog", body = "", tag = "memfog", path = "/", withdrawn = false }) {
  // A browser demands a notification for each message, so the one that was answered is replaced before it is closed.
  const options = { body, tag, icon: ICON, badge: ICON, silent: withdrawn, data: { path } };
  await registration.showNotification(title, options);
  if (withdrawn) for (const shown of await registration.getNotifications({ tag })) shown.close();
}

async function open(path) {
  // Only a page of this server, whatever a message says.
  const url = new URL(path, location.origin);
  const address = url.origin === location.origin ? url.href : location.origin;
  const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const same = windows.find((one) => one.url.split("#")[0] === address);
  await (same ? same.focus() : clients.openWindow(address));
}

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("push", (event) => event.waitUntil(show(read(event))));
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path ?? "/"));
});
