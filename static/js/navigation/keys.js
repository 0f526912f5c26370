// The keyboard. Each action also has another way, such as a link.

import { writeText } from "../copy.js";
import { goToNext } from "./waiting.js";

const ROWS = ".row summary, .step > .use > summary, table.sessions tbody a, .session-card > a, .entry > a";
const FAILED_ROWS = ".row.bad summary, .step.bad > .use > summary";
const PAGE_KEYS = { l: "/", s: "/sessions", i: "/insights", m: "/machines" };

const palette = document.querySelector("#palette");
const input = document.querySelector("#palette-input");
const options = document.querySelector("#palette-options");
const emptyHint = document.querySelector("#palette-empty");
const help = document.querySelector("#keys");
let isGoing = false;

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]");
const visible = (selector) => [...document.querySelectorAll(selector)].filter((found) => found.checkVisibility());

// The next one of these in the page after (or before) where the focus is.
const move = (selector, step) => {
  const all = visible(selector);
  const here = document.activeElement;
  const follows = (found) => here.compareDocumentPosition(found) & Node.DOCUMENT_POSITION_FOLLOWING;
  const precedes = (found) => here.compareDocumentPosition(found) & Node.DOCUMENT_POSITION_PRECEDING;
  const nowhere = here === document.body || here.id === "main";
  const next = nowhere ? all.at(step > 0 ? 0 : -1) : step > 0 ? all.find(follows) : all.findLast(precedes);
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
};

// To the next failure. A timeline knows more failures than the page shows.
const moveToFailure = (step) => {
  const event = new CustomEvent("failure", { detail: step, cancelable: true });
  if (document.dispatchEvent(event)) move(FAILED_ROWS, step);
};

// Goes to the search box; on a page without one, to the search page.
const find = () => {
  const box = document.querySelector("#query");
  if (box) box.select();
  else go("/search");
};

// Clicks the link itself, which keeps the filter of the page.
const go = (path) => [...document.querySelectorAll(".nav-links a")].find(({ pathname }) => pathname === path)?.click();

const focusedDetails = () => document.activeElement.closest?.("details");

const toggle = (details) => details && (details.open = !details.open);

const raw = () => {
  const step = document.activeElement.closest?.(".step, .row");
  toggle(step?.querySelector("details.raw") ?? step?.querySelector("details"));
};

let wanted = 0; // counts the requests: only the answer to the latest is shown

const loadOptions = async () => {
  const number = ++wanted;
  const answer = await fetch(`${palette.dataset.src}?${new URLSearchParams({ q: input.value })}`);
  if (!answer.ok || answer.redirected || number !== wanted) return;
  options.innerHTML = await answer.text(); // our own server's, escaped
  // A page without the element of an action does not offer it.
  for (const action of options.querySelectorAll("[data-press]"))
    if (!document.querySelector(action.dataset.press)) action.closest("li").remove();
  emptyHint.hidden = Boolean(options.querySelector("li:not([data-everything])"));
};

const open = async () => {
  if (palette.open) return;
  palette.showModal();
  input.value = "";
  await loadOptions();
};

const TYPING_PAUSE_MS = 150;
let typing;
const loadSoon = () => {
  clearTimeout(typing);
  typing = setTimeout(loadOptions, TYPING_PAUSE_MS);
};

const press = ({ target }) => {
  const action = target.closest("[data-press]");
  if (!action) return;
  palette.close();
  document.querySelector(action.dataset.press).click();
};

const links = () => [...options.querySelectorAll("a, button")];

// The latest text counts, even before its answer has arrived.
const openFirst = async () => {
  clearTimeout(typing);
  await loadOptions();
  links()[0]?.click();
};

const moveInPalette = (event) => {
  const all = [input, ...links()];
  const at = all.indexOf(document.activeElement);
  if (event.key === "Enter" && document.activeElement === input) openFirst();
  else if (event.key === "ArrowDown") all[Math.min(at + 1, all.length - 1)].focus();
  else if (event.key === "ArrowUp") all[Math.max(at - 1, 0)].focus();
  else return;
  event.preventDefault();
};

// The server knows all sessions; it answers with nothing where there is no other, and the page stays.
const goToNeighbor = (newer) => {
  const session = location.pathname.match(/^\/sessions\/([^/]+)/)?.[1];
  if (session) location.assign(`${palette.dataset.src}/neighbor?session=${session}${newer ? "&newer=1" : ""}`);
};

// The next prompt of a session after (or before) the top of the screen.
const moveByPrompt = (step) => {
  const tops = [...document.querySelectorAll("#timeline > .turn")].map((turn) => [
    turn,
    Math.round(turn.getBoundingClientRect().top) - 65,
  ]);
  const next = step > 0 ? tops.find(([, top]) => top > 1) : tops.findLast(([, top]) => top < -1);
  next?.[0].scrollIntoView();
};

// Copies the address of the step that has the focus.
const copyPermalink = () => {
  const step = document.activeElement.closest?.(".step[id], .turn[id]");
  const seq = step?.id.slice(2);
  const session = location.pathname.match(/^\/sessions\/[^/]+/)?.[0];
  if (seq && session) writeText(`${location.origin}${session}?at=${seq}#e-${seq}`);
};

const KEYS = {
  f: () => document.querySelector("#find")?.select(),
  J: () => moveByPrompt(1),
  K: () => moveByPrompt(-1),
  y: copyPermalink,
  j: () => move(ROWS, 1),
  k: () => move(ROWS, -1),
  n: () => moveToFailure(1),
  p: () => moveToFailure(-1),
  e: () => toggle(focusedDetails()),
  r: raw,
  w: goToNext,
  "/": find,
  "?": () => help.showModal(),
  "[": () => goToNeighbor(true),
  "]": () => goToNeighbor(false),
  g: () => {
    isGoing = true;
    setTimeout(() => (isGoing = false), 1500);
  },
};

addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open();
    return;
  }
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    isTyping(event.target) ||
    document.querySelector("dialog[open]")
  )
    return;
  if (isGoing && PAGE_KEYS[event.key]) go(PAGE_KEYS[event.key]);
  else if (KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});
input.addEventListener("input", loadSoon);
options.addEventListener("click", press);
palette.addEventListener("keydown", moveInPalette);
palette.addEventListener("click", (event) => event.target === palette && palette.close());
