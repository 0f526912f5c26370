// Unloads steps far from the screen and fetches them again near it: a long session stays a small page.
// How, and why: docs/decisions/session-pages.md.

import { localize } from "../time.js";

const MAX_ELEMENTS = 1_800; // of the page; with texts twice as many nodes
const LOAD_PX = 900; // groups are fetched this far from the screen
const FAR_PX = 1_300; // groups that are nearer stay
const GROUP_STEPS = 10;
const LATEST_TURNS = 3; // their totals follow what comes live
const MAX_TEXTS = 500; // groups that are held as text; others are fetched as the server has them
const MAX_PAGE_TEXTS = 3; // pages of the server whose text is held, since their groups come near one after the other

const timeline = document.querySelector("#timeline");
const groupOfStep = new Map(); // the id of each unloaded step → its group
const texts = new Map(); // unloaded group → its text, if the server's page does not have it like that
const firstStates = new WeakMap(); // group → which of its folds were open at first
const updates = new WeakMap(); // unloaded group → functions that bring it up to date
const failedOf = new WeakMap(); // unloaded group → the ids of its failed steps
const foldedTurns = new Map(); // unloaded turn → its text, and its groups
const pageTexts = new Map(); // address → the text of a page, or its promise

const topSteps = (list) => [...list.querySelectorAll(":scope > .step")];
const isOpenOf = (list) => [...list.getElementsByTagName("details")].map(({ open }) => Number(open)).join("");

export const parsePage = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html; // our own server's, with everything captured escaped
  localize(template.content);
  removeBlanks(template.content);
  return template.content;
};

// White space between blocks is half of the nodes of a page.
const removeBlanks = (root) => {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const blanks = [];
  while (walker.nextNode()) if (isBlank(walker.currentNode)) blanks.push(walker.currentNode);
  for (const blank of blanks) blank.remove();
};

const BLOCKS = "ol, li, details, .use > summary, section, header, div, figure, table, tbody, tr, dl, .sums, .when";
const isBlank = ({ data, parentElement }) => !data.trim() && (!parentElement || parentElement.matches(BLOCKS));

export const isUnloaded = (list) => list.classList.contains("away");
export const findGroup = (id) => groupOfStep.get(id);
export const groupsOf = (turn) => foldedTurns.get(turn)?.groups ?? [...turn.querySelectorAll(":scope > .steps-of")];
export const hasUnloaded = () => groupOfStep.size > 0;
export const holdUpdate = (list, update, { failed = [] } = {}) => {
  updates.set(list, [...(updates.get(list) ?? []), update]);
  failedOf.set(list, new Set([...(failedOf.get(list) ?? []), ...failed]));
};

// The group of a turn in which a step of this time belongs.
export const groupAt = (turn, time) => {
  const groups = groupsOf(turn);
  return groups.findLast((list) => startOf(list) <= time) ?? groups[0];
};

const startOf = (list) => list.dataset.since ?? list.querySelector("time")?.dateTime ?? "";

export const addGroup = (after) => {
  const list = Object.assign(document.createElement("ol"), { className: "steps-of" });
  after.after(list);
  return list;
};

export const isFull = (list) => topSteps(list).length >= GROUP_STEPS;

// Splits the lists of a page, and remembers how they were.
export const splitGroups = (page) => {
  for (const list of page.querySelectorAll(".turn > .steps-of")) {
    let last = list;
    for (const step of [...list.children].slice(GROUP_STEPS)) {
      if (last.children.length >= GROUP_STEPS && !step.previousElementSibling?.matches(".gap")) {
        const next = list.cloneNode(false);
        last.after(next);
        last = next;
      }
      if (last !== list) last.append(step);
    }
  }
  applyChoice(page);
  rememberGroups(page);
};

const rememberGroups = (page) => {
  for (const list of page.querySelectorAll(".turn > .steps-of")) firstStates.set(list, isOpenOf(list));
};

// "Expand all" and "Collapse all" also concern what is loaded later.
const applyChoice = (root) => {
  const choice = timeline.dataset.folds;
  if (choice) for (const fold of root.querySelectorAll(".use, .rail")) fold.open = choice === "open";
};

const distanceOf = ({ top, bottom }) => Math.max(top - innerHeight, -bottom, 0);

const isInUse = (part) => {
  const selection = getSelection();
  return part.contains(document.activeElement) || (!selection.isCollapsed && selection.containsNode(part, true));
};

const isAsServed = (list) =>
  list.dataset.from && !("changed" in list.dataset) && firstStates.get(list) === isOpenOf(list);

const unload = (list, height) => {
  for (const { id } of list.querySelectorAll(".step[id]")) groupOfStep.set(id, list);
  list.dataset.ids = topSteps(list)
    .map(({ id }) => id)
    .join(" ");
  list.dataset.since = startOf(list);
  failedOf.set(list, new Set(failedSteps(list).map(({ id }) => id)));
  if (!isAsServed(list)) texts.set(list, textOf(list));
  if (texts.size > MAX_TEXTS) texts.delete(texts.keys().next().value);
  list.style.height = `${height}px`;
  list.classList.add("away");
  list.replaceChildren();
  loadObserver.observe(list);
};

const failedSteps = (part) =>
  [...part.querySelectorAll(".step.bad[id]")].filter((step) => !step.parentElement.closest(".rail:not([open])"));

// The failed steps of the page in their order: the id of each, and the part of the page where it is.
export const listFailed = () =>
  [...timeline.querySelectorAll(":scope > .turn")].flatMap((turn) =>
    groupsOf(turn).flatMap((list) =>
      isUnloaded(list)
        ? [...failedOf.get(list)].map((id) => ({ id, part: list.isConnected ? list : turn }))
        : failedSteps(list).map((step) => ({ id: step.id, part: step })),
    ),
  );

const textOf = (list) => {
  for (const button of list.querySelectorAll(".copy-block, .copy-link")) button.remove(); // a text has no listeners
  for (const step of list.querySelectorAll(".fresh")) step.classList.remove("fresh");
  return list.innerHTML;
};

const foldTurn = (turn, height) => {
  const groups = groupsOf(turn);
  for (const list of groups) list.remove();
  foldedTurns.set(turn, { text: turn.innerHTML, groups });
  turn.style.height = `${height}px`;
  turn.replaceChildren();
  loadObserver.observe(turn);
};

// First reads where everything is, then writes: the page is laid out once.
const unloadFar = () => {
  isDue = false;
  let surplus = document.getElementsByTagName("*").length - MAX_ELEMENTS;
  if (surplus <= 0) return;
  const lists = [...timeline.querySelectorAll(":scope > .turn > .steps-of:not(.away)")].slice(0, -1);
  const measured = lists.map((list) => [list, list.getBoundingClientRect()]);
  const turns = [...timeline.querySelectorAll(":scope > .turn")].slice(0, -LATEST_TURNS);
  const far = turns
    .filter((turn) => !foldedTurns.has(turn))
    .map((turn) => [turn, turn.getBoundingClientRect()])
    .filter(([, box]) => distanceOf(box) >= FAR_PX);
  measured.sort(([, one], [, other]) => distanceOf(other) - distanceOf(one));
  for (const [list, box] of measured) {
    if (surplus <= 0 || distanceOf(box) < FAR_PX) break;
    if (isInUse(list)) continue;
    surplus -= list.getElementsByTagName("*").length;
    unload(list, box.height);
  }
  for (const [turn, box] of far) if (!isInUse(turn) && groupsOf(turn).every(isUnloaded)) foldTurn(turn, box.height);
};

let isDue = false;
export const unloadSoon = () => {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(unloadFar);
};

const fetchPage = async (address) => {
  const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return answer.text();
};

// The text of a page of the server; empty if it did not come.
export const fetchOnce = (address) => {
  if (!pageTexts.has(address)) {
    pageTexts.set(address, fetchPage(address));
    if (pageTexts.size > MAX_PAGE_TEXTS) pageTexts.delete(pageTexts.keys().next().value);
  }
  return pageTexts.get(address).catch(() => pageTexts.delete(address) && "");
};

const stepsOnPage = async (list) => {
  const { turn } = list.parentElement.dataset;
  const ids = list.dataset.ids.split(" ");
  const address = list.dataset.from ? `?from=${list.dataset.from}` : `?at=${ids[0].slice(2)}`; // came live: by its step
  const page = parsePage(await fetchOnce(address));
  applyChoice(page);
  const all = [...page.querySelectorAll(`[data-turn="${turn}"] > .steps-of > *`)];
  const first = all.findIndex(({ id }) => ids.includes(id));
  const start = first > 0 && all[first - 1].matches(".gap") ? first - 1 : first;
  return all.slice(start, all.findLastIndex(({ id }) => ids.includes(id)) + 1);
};

const load = async (list) => {
  const text = texts.get(list);
  const steps = text === undefined ? await stepsOnPage(list) : [...parsePage(text).children];
  if (!isUnloaded(list) || !list.isConnected || !steps.length) return; // its turn may have been folded meanwhile
  loadObserver.unobserve(list);
  for (const [id, group] of groupOfStep) if (group === list) groupOfStep.delete(id);
  list.classList.remove("away");
  list.style.height = "";
  delete list.dataset.since;
  list.replaceChildren(...steps);
  if (text === undefined) firstStates.set(list, isOpenOf(list));
  else list.dataset.changed = "";
  texts.delete(list);
  for (const update of updates.get(list) ?? []) update();
  updates.delete(list);
  unloadSoon();
};

const unfoldTurn = (turn) => {
  const folded = foldedTurns.get(turn);
  if (!folded) return;
  foldedTurns.delete(turn);
  loadObserver.unobserve(turn);
  turn.style.height = "";
  turn.replaceChildren(parsePage(folded.text), ...folded.groups);
  for (const list of folded.groups) loadObserver.observe(list);
};

const loadObserver = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      if (foldedTurns.has(target)) unfoldTurn(target);
      else load(target);
    }
  },
  { rootMargin: `${LOAD_PX}px 0px` },
);

// Loads the group of an unloaded step. Returns the step; null if the page does not have it.
export const loadStep = async (id) => {
  const list = findGroup(id);
  if (list) {
    const turn = [...foldedTurns].find(([, { groups }]) => groups.includes(list))?.[0];
    if (turn) unfoldTurn(turn);
    await load(list);
  }
  return document.getElementById(id);
};

if (timeline) {
  removeBlanks(timeline);
  // A step to which the address leads stays where it is: moved, it is the target no longer.
  if (!location.hash && document.activeElement === document.body) splitGroups(timeline);
  else rememberGroups(timeline);
  addEventListener("scroll", unloadSoon, { passive: true });
  document.addEventListener("extended", unloadSoon);
}
