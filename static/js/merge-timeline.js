// Merges an update into the timeline: a known step changes in place, a new step is inserted by its time.
//
// An update looks like the page, turns with steps in them, but holds only new and changed steps and their parents.

import { fade } from "./fade.js";
import { plural } from "./plan.js";
import { replaceStep } from "./step.js";

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
      mergeSteps(timeline, stepsOf(old), stepsOf(turn), add, newIds);
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

function mergeSteps(timeline, list, steps, add, newIds) {
  for (const step of [...steps.querySelectorAll(":scope > .step")]) {
    const old = findStep(timeline, step);
    if (old) updateStep(timeline, old, step, add, newIds);
    else {
      newIds.push(step.id);
      if (add) insertStep(list, step);
    }
  }
}

function updateStep(timeline, old, fresh, add, newIds) {
  if ("changed" in fresh.dataset) {
    delete fresh.dataset.changed; // once: when the rest of it is added, this may have changed again
    replaceStep(old, fresh);
  }
  const [rail, freshRail] = [old, fresh].map((step) => step.querySelector(":scope > .rail"));
  if (freshRail && rail) {
    mergeSteps(timeline, stepsOf(rail), stepsOf(freshRail), add, newIds);
    rail.querySelector(".steps").textContent = plural(stepsOf(rail).children.length, "step");
  } else if (freshRail) {
    newIds.push(...[...freshRail.querySelectorAll(".step")].map(({ id }) => id));
    if (add) old.append(freshRail);
  }
}

// In its place by time: what came late stands where it happened.
function insertStep(list, step) {
  const gap = step.previousElementSibling;
  let before = list.lastElementChild;
  while (before && (before.matches(".gap") || startOf(before) > startOf(step))) before = before.previousElementSibling;
  if (before) before.after(step);
  else list.prepend(step);
  if (gap?.matches(".gap")) step.before(gap);
  fade(step, "fresh");
}
