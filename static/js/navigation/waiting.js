// Which sessions wait: how many, beside Live on every page; the next of them, by the key `w`.

import { followingIndex } from "../plan.js";

const link = document.querySelector("#waiting");
let sessions = []; // the most urgent first

export const showWaiting = (pulse) => {
  sessions = pulse.sessions ?? []; // an older page of another tab may have sent the pulse
  link.hidden = !pulse.waiting || !sessions.length;
  if (link.hidden) return;
  link.href = `${sessions[0].address}?at=end`;
  link.title = `${sessions[0].need}: ${sessions[0].title}`;
  link.querySelector(".figure").textContent = pulse.waiting > 99 ? "99+" : pulse.waiting;
  link.querySelector(".unseen").textContent = `${pulse.waiting} waiting, go to the first`;
  link.toggleAttribute(
    "data-blocked",
    sessions.some((session) => session.blocked),
  );
};

export const goToNext = () => {
  const here = sessions.findIndex(({ address }) => address === location.pathname);
  const next = sessions[followingIndex(here, sessions.length)];
  if (next) location.assign(`${next.address}?at=end`);
};
