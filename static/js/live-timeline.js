// A session's page while the session goes on: its timeline grows at the end, its heading and its map follow.

import { graft } from "./merge-timeline.js";
import { happened, tell } from "./link.js";
import { refresh } from "./now.js";
import { MOST, plural, surplus, waiting } from "./plan.js";
import { follow } from "./stream.js";
import { localise } from "./time.js";

const AT_END = 48; // pixels above the end at which one still follows it
const UNSEEN = 60_000; // milliseconds that a page nobody looks at goes on listening

const about = document.querySelector("[data-stream]");
const timeline = document.querySelector("#timeline");
const pill = document.querySelector("#pill");
let held = []; // what came while one was reading further up, in order
let news = new Set(); // the steps in it, each counted once however often it was told of
let rest;

const parse = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html; // our own server's, with everything captured escaped
  localise(template.content);
  return template.content;
};

const isAtEnd = () => document.documentElement.scrollHeight - innerHeight - scrollY <= AT_END;
const isWhole = () => held.length <= MOST && !timeline.querySelector("[data-more]");
const isReading = () => !isAtEnd() || !getSelection().isCollapsed || timeline.contains(document.activeElement);

const receive = (html) => {
  const content = parse(html);
  happened(content.querySelectorAll("time"));
  document.dispatchEvent(new Event("happened"));
  refresh();
  if (timeline) grow(content);
};

const grow = (content) => {
  const found = graft(timeline, content, { add: false });
  if (!found.length) return;
  held = [...held, content].slice(-MOST - 1); // one too many: then it is not all here
  for (const id of found) news.add(id);
  if (isWhole() && !isReading()) release();
  else show();
};

const release = () => {
  const end = isAtEnd();
  for (const content of held) graft(timeline, content, { add: true });
  held = [];
  news = new Set();
  show();
  if (end) toEnd();
};

const toEnd = () => {
  trim();
  scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
};

const show = () => {
  pill.hidden = news.size === 0;
  pill.textContent = waiting(news.size);
};

// The oldest steps go; how many uses of tools they were stays in their turn's heading.
const trim = () => {
  let extra = surplus(timeline.querySelectorAll(".step").length);
  for (const part of timeline.querySelectorAll(":scope > .turn > .steps-of > *")) {
    if (extra <= 0) return;
    const [turn, within] = [part.closest(".turn"), part.querySelectorAll(".step")];
    const uses = [part, ...within].filter((step) => step.matches("[data-use]")).length;
    turn.dataset.gone = Number(turn.dataset.gone ?? 0) + uses;
    extra -= within.length + part.matches(".step");
    part.remove();
    if (!turn.querySelector(".steps-of > *")) turn.remove();
    document.querySelector("#from-the-beginning").hidden = false;
  }
};

pill?.addEventListener("click", () => {
  if (!isWhole()) return location.assign("?at=end");
  release();
  toEnd();
});
addEventListener("scroll", () => held.length && isAtEnd() && isWhole() && release(), { passive: true });
document.addEventListener("extended", () => held.length && isWhole() && release());

const stream = follow(about.dataset.stream, about.dataset.cursor, { name: "steps", onMessage: receive, onState: tell });
happened(about.querySelectorAll("[data-last]"));

// A browser opens few streams to one host at a time: a page that nobody looks at gives its own back.
document.addEventListener("visibilitychange", () => {
  clearTimeout(rest);
  if (document.hidden) rest = setTimeout(stream.close, UNSEEN);
  else if (stream.isClosed()) stream.open();
});
