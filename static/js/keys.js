// The keyboard: moving between rows, opening them, and the palette. Nothing here is the only way to anything.

const ROWS = ".row summary, .step > .use > summary, table.sessions tbody a, .tile > a, .item > a";
const FAILED = ".row.bad summary, .step.bad > .use > summary";
const PLACES = { l: "/", s: "/sessions", i: "/insights", m: "/machines" };

const palette = document.querySelector("#palette");
const wanted = document.querySelector("#wanted");
const offers = document.querySelector("#offers");
const none = document.querySelector("#no-offer");
const help = document.querySelector("#keys");
let going = false;

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
  const box = document.querySelector("#sought");
  if (box) box.select();
  else go("/search");
};

// By the link itself, which knows what the page is about and takes it along.
const go = (path) => [...document.querySelectorAll(".places a")].find(({ pathname }) => pathname === path)?.click();

const own = () => document.activeElement.closest?.("details");

const raw = () => {
  const step = document.activeElement.closest?.(".step, .row");
  const found = step?.querySelector("details.raw") ?? step?.querySelector("details");
  if (found) found.open = !found.open;
};

const list = async () => {
  if (offers.children.length) return;
  const answer = await fetch(palette.dataset.src);
  if (answer.ok && !answer.redirected) offers.innerHTML = await answer.text(); // our own server's, escaped
};

const open = async () => {
  if (palette.open) return;
  palette.showModal();
  wanted.value = "";
  await list();
  choose();
};

const choose = () => {
  const words = wanted.value.toLowerCase().split(/\s+/);
  for (const offer of offers.children) {
    const said = offer.textContent.toLowerCase();
    offer.hidden = !words.every((word) => said.includes(word));
  }
  none.hidden = Boolean(offers.querySelector("li:not([hidden])"));
};

const links = () => [...offers.querySelectorAll("li:not([hidden]) a")];

const walk = (event) => {
  const all = [wanted, ...links()];
  const at = all.indexOf(document.activeElement);
  if (event.key === "Enter" && document.activeElement === wanted) all[1]?.click();
  else if (event.key === "ArrowDown") all[Math.min(at + 1, all.length - 1)].focus();
  else if (event.key === "ArrowUp") all[Math.max(at - 1, 0)].focus();
  else return;
  event.preventDefault();
};

const neighbour = async (step) => {
  await list();
  const all = [...offers.querySelectorAll("[data-session] a")];
  const at = all.findIndex((link) => location.pathname.startsWith(new URL(link.href).pathname));
  if (at >= 0) all[at + step]?.click();
};

const KEYS = {
  j: () => move(ROWS, 1),
  k: () => move(ROWS, -1),
  n: () => move(FAILED, 1),
  p: () => move(FAILED, -1),
  e: () => own() && (own().open = !own().open),
  r: raw,
  "/": find,
  "?": () => help.showModal(),
  "[": () => neighbour(-1),
  "]": () => neighbour(1),
  g: () => {
    going = true;
    setTimeout(() => (going = false), 1500);
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
  if (going && PLACES[event.key]) go(PLACES[event.key]);
  else if (KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});
wanted.addEventListener("input", choose);
palette.addEventListener("keydown", walk);
palette.addEventListener("click", (event) => event.target === palette && palette.close());
