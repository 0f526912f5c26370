// What every page tells: how many sessions wait, in the title and the picture of its tab, and when something last
// happened.
//
// A page that is told by a stream asks when something came. The others hold no stream: a browser opens six connections
// to a host, and a seventh tab would wait for ever. They ask now and then, one tab for all of this browser's.

import { happened, isTold, tell } from "./link.js";
import { pulseAfter, titled } from "./plan.js";

const REST = 1_000; // milliseconds between something that happened and the question
const TITLE = document.title;
const link = document.querySelector("#link");
const icon = document.querySelector('link[rel="icon"]');
const ICON = icon.getAttribute("href");
const others = globalThis.BroadcastChannel && new BroadcastChannel("memfog-pulse");
let next;
let soon;
let asked = -Infinity; // when an answer came last, to this tab or to another
let missed = 0;

const show = ({ waiting, last }) => {
  document.title = titled(TITLE, waiting);
  icon.href = waiting ? `${link.dataset.icon}${waiting}.svg` : ICON;
  if (last) happened([{ dateTime: last }]);
};

const heard = (told) => {
  asked = performance.now();
  missed = 0;
  show(told);
  if (!isTold) tell("live");
  plan();
};

const ask = async () => {
  clearTimeout(next);
  const answer = await fetch(link.dataset.src).catch(() => undefined);
  // Signed out meanwhile: the answer would be the page to sign in.
  const told = answer?.ok && !answer.redirected ? await answer.json().catch(() => undefined) : undefined;
  if (told) {
    heard(told);
    others?.postMessage({ ...told, whose: link.dataset.whose });
    return;
  }
  missed += 1;
  if (!isTold) tell(navigator.onLine && missed < 2 ? "reconnecting" : "offline");
  plan();
};

const plan = () => {
  clearTimeout(next);
  next = setTimeout(ask, pulseAfter({ hidden: document.hidden, missed, chance: Math.random() }));
};

link.hidden = false;
others?.addEventListener("message", ({ data }) => data.whose === link.dataset.whose && heard(data));
document.addEventListener("happened", () => (soon ??= setTimeout(() => (soon = undefined) ?? ask(), REST)));
document.addEventListener("visibilitychange", () => {
  if (document.hidden || performance.now() - asked < pulseAfter({ hidden: false, missed: 0, chance: 0 })) plan();
  else ask();
});
addEventListener("online", ask);
addEventListener("offline", () => isTold || tell("offline"));
addEventListener("pageshow", (event) => event.persisted && ask());
ask();
