// The keyboard: moving between rows, opening them, and the palette. Nothing here is the only way to anything.

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

// To the box where one types what to look for; where there is none, to the page that has it.
const find = () => {
  const box = document.querySelector("#query");
  if (box) box.select();
  else go("/search");
};

// By the link itself, which knows what the page is about and takes it along.
const go = (path) => [...document.querySelectorAll(".nav-links a")].find(({ pathname }) => pathname === path)?.click();

const focusedDetails = () => document.activeElement.closest?.("details");

const toggle = (details) => details && (details.open = !details.open);

const raw = () => {
  const step = document.activeElement.closest?.(".step, .row");
  toggle(step?.querySelector("details.raw") ?? step?.querySelector("details"));
};

const loadOptions = async () => {
  if (options.children.length) return;
  const answer = await fetch(palette.dataset.src);
  if (answer.ok && !answer.redirected) options.innerHTML = await answer.text(); // our own server's, escaped
};

const open = async () => {
  if (palette.open) return;
  palette.showModal();
  input.value = "";
  await loadOptions();
  filterOptions();
};

const filterOptions = () => {
  const words = input.value.toLowerCase().split(/\s+/);
  for (const option of options.children) {
    const text = option.textContent.toLowerCase();
    option.hidden = !words.every((word) => text.includes(word));
  }
  emptyHint.hidden = Boolean(options.querySelector("li:not([hidden])"));
};

const links = () => [...options.querySelectorAll("li:not([hidden]) a")];

const moveInPalette = (event) => {
  const all = [input, ...links()];
  const at = all.indexOf(document.activeElement);
  if (event.key === "Enter" && document.activeElement === input) all[1]?.click();
  else if (event.key === "ArrowDown") all[Math.min(at + 1, all.length - 1)].focus();
  else if (event.key === "ArrowUp") all[Math.max(at - 1, 0)].focus();
  else return;
  event.preventDefault();
};

const neighbour = async (step) => {
  await loadOptions();
  const all = [...options.querySelectorAll("[data-session] a")];
  const at = all.findIndex((link) => location.pathname.startsWith(new URL(link.href).pathname));
  if (at >= 0) all[at + step]?.click();
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

// The address of the step that has the focus, to where the clipboard is.
const copyPermalink = () => {
  const step = document.activeElement.closest?.(".step[id], .turn[id]");
  const seq = step?.id.slice(2);
  if (seq) navigator.clipboard?.writeText(`${location.origin}${location.pathname}?at=${seq}#e-${seq}`);
};

const KEYS = {
  f: () => document.querySelector("#find")?.select(),
  J: () => moveByPrompt(1),
  K: () => moveByPrompt(-1),
  y: copyPermalink,
  j: () => move(ROWS, 1),
  k: () => move(ROWS, -1),
  n: () => move(FAILED_ROWS, 1),
  p: () => move(FAILED_ROWS, -1),
  e: () => toggle(focusedDetails()),
  r: raw,
  "/": find,
  "?": () => help.showModal(),
  "[": () => neighbour(-1),
  "]": () => neighbour(1),
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
input.addEventListener("input", filterOptions);
palette.addEventListener("keydown", moveInPalette);
palette.addEventListener("click", (event) => event.target === palette && palette.close());
