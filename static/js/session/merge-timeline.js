// Merges an update into the timeline. It looks like the page, but holds only new and changed steps and their parents.

import { fade } from "../fade.js";
import { plural } from "../plan.js";
import { replaceStep } from "./step.js";
import { addGroup, findGroup, groupAt, groupsOf, holdUpdate, isFull, isUnloaded } from "./step-groups.js";

const findStep = (timeline, { id }) => timeline.querySelector(`#${CSS.escape(id)}`);
const startOf = (step) => step.querySelector("time")?.dateTime ?? "";
const stepsOf = (part) => part.querySelector(":scope > .steps-of");

// Updates known steps, and inserts new ones if `add` is true. Returns the ids of new steps.
export function mergeTimeline(timeline, fresh, { add }) {
  const newIds = [];
  for (const turn of fresh.querySelectorAll(".turn")) {
    const number = Number(turn.dataset.turn);
    const old = timeline.querySelector(`:scope > [data-turn="${number}"]`);
    if (old) {
      mergeSteps(timeline, (step) => groupFor(old, step), stepsOf(turn), add, newIds);
    } else if (insertTurn(timeline, turn, number, add)) newIds.push(turn.id || `turn-${number}`);
  }
  return newIds;
}

// A new turn after those before it; none that is older than what the page shows.
function insertTurn(timeline, turn, number, add) {
  const turns = [...timeline.querySelectorAll(":scope > .turn")];
  const before = turns.findLast((one) => Number(one.dataset.turn) < number);
  if (!before && turns.length) return false;
  if (add && before) before.after(turn);
  else if (add) timeline.prepend(turn);
  return true;
}

// By its time; the last group of a turn takes a limited number of steps.
function groupFor(turn, step) {
  const list = groupAt(turn, startOf(step));
  return list === groupsOf(turn).at(-1) && !isUnloaded(list) && isFull(list) ? addGroup(list) : list;
}

function mergeSteps(timeline, listFor, steps, add, newIds) {
  for (const step of [...steps.querySelectorAll(":scope > .step")]) mergeStep(timeline, listFor, step, add, newIds);
}

function mergeStep(timeline, listFor, step, add, newIds) {
  const old = findStep(timeline, step);
  const unloaded = !old && findGroup(step.id);
  if (old) return updateStep(timeline, old, step, add, newIds);
  if (unloaded) return holdUpdate(unloaded, () => mergeStep(timeline, () => unloaded, step, add, []), failedIn(step));
  newIds.push(step.id);
  if (!add) return;
  const list = listFor(step);
  if (isUnloaded(list)) holdUpdate(list, () => insertStep(list, step), failedIn(step));
  else insertStep(list, step);
}

function updateStep(timeline, old, fresh, add, newIds) {
  markChanged(old);
  if ("changed" in fresh.dataset) {
    delete fresh.dataset.changed; // only once: it may have changed again when the rest is added
    replaceStep(old, fresh);
  }
  const [rail, freshRail] = [old, fresh].map((step) => step.querySelector(":scope > .rail"));
  if (freshRail && rail) {
    mergeSteps(timeline, () => stepsOf(rail), stepsOf(freshRail), add, newIds);
    rail.querySelector(".steps").textContent = plural(stepsOf(rail).children.length, "step");
  } else if (freshRail) {
    newIds.push(...[...freshRail.querySelectorAll(".step")].map(({ id }) => id));
    if (add) old.append(freshRail);
  }
}

const failedIn = ({ id, classList }) => ({ failed: classList.contains("bad") ? [id] : [] });

// Live steps are not on the server's page from which the group was made.
const markChanged = (part) => (part.closest(".turn > .steps-of").dataset.changed = "");

// Inserts a step by its time: a late one is shown at the time when it happened.
function insertStep(list, step) {
  const gap = step.previousElementSibling;
  let before = list.lastElementChild;
  while (before && (before.matches(".gap") || startOf(before) > startOf(step))) before = before.previousElementSibling;
  if (before) before.after(step);
  else list.prepend(step);
  if (gap?.matches(".gap")) step.before(gap);
  markChanged(list);
  fade(step, "fresh");
}
