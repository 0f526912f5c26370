// Subscribes this browser to notices, and sends the subscription by the form of the page.

const form = document.querySelector("#push");
const button = form?.querySelector("button");
const state = document.querySelector("#push-state");
const isSupported = "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;

async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") {
    state.textContent = "This browser does not allow it. Allow notifications in its settings for this page.";
    return;
  }
  await navigator.serviceWorker.register(form.dataset.worker);
  const { pushManager } = await navigator.serviceWorker.ready;
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: form.dataset.key });
  const { endpoint, keys } = subscription.toJSON();
  for (const [name, value] of Object.entries({ endpoint, ...keys })) {
    const input = form.querySelector(`[name="${name}"]`);
    if (input) input.value = value;
  }
  form.submit();
}

if (button && isSupported) {
  button.hidden = false;
  state.textContent = "Also on a phone: open this page there. On an iPhone, add Memfog to the home screen first.";
  button.addEventListener("click", async () => {
    button.disabled = true;
    await subscribe().catch((error) => {
      state.textContent = `This browser could not subscribe (${error.name}).`;
    });
    button.disabled = false;
  });
}
