// Puts what came into a timeline that is there: a step that is known changes in place, a new one takes its place in time.
//
// What comes looks like the page, turns with steps in them, but holds only what is new, changed, or leads there.

import { fade } from "./fade.js";
import { plural } from "./plan.js";
import { adopt } from "./step.js";

const known = (timeline, { id }) => timeline.querySelector(`#${CSS.escape(id)}`);
const told = (step) => step.querySelector("time")?.dateTime ?? "";
const stepsOf = (part) => part.querySelector(":scope > .steps-of");

// Changes what is known; what is new is added or, without `add`, left where it is. Gives the ids of what is new.
export function graft(timeline, fresh, { add }) {
  const found = [];
  for (const turn of fresh.querySelectorAll(".turn")) {
    const number = Number(turn.dataset.turn);
    const old = timeline.querySelector(`:scope > [data-turn="${number}"]`);
    if (old) {
      merge(timeline, stepsOf(old), stepsOf(turn), add, found);
      recount(old, turn);
    } else if (begin(timeline, turn, number, add)) found.push(turn.id || `turn-${number}`);
  }
  return found;
}

// A new turn after those before it; none that is older than what the page shows.
function begin(timeline, turn, number, add) {
  const turns = [...timeline.querySelectorAll(":scope > .turn")];
  const before = turns.findLast((one) => Number(one.dataset.turn) < number);
  if (!before && turns.length) return false;
  if (add && before) before.after(turn);
  else if (add) timeline.prepend(turn);
  return true;
}

function merge(timeline, list, steps, add, found) {
  for (const step of [...steps.querySelectorAll(":scope > .step")]) {
    const old = known(timeline, step);
    if (old) change(timeline, old, step, add, found);
    else {
      found.push(step.id);
      if (add) insert(list, step);
    }
  }
}

function change(timeline, old, fresh, add, found) {
  if ("changed" in fresh.dataset) {
    delete fresh.dataset.changed; // once: when the rest of it is added, this may have changed again
    adopt(old, fresh);
  }
  const [rail, grown] = [old, fresh].map((step) => step.querySelector(":scope > .rail"));
  if (grown && rail) {
    merge(timeline, stepsOf(rail), stepsOf(grown), add, found);
    rail.querySelector(".steps").textContent = plural(stepsOf(rail).children.length, "step");
  } else if (grown) {
    found.push(...[...grown.querySelectorAll(".step")].map(({ id }) => id));
    if (add) old.append(grown);
  }
}

// In its place by time: what came late stands where it happened.
function insert(list, step) {
  const silence = step.previousElementSibling;
  let before = list.lastElementChild;
  while (before && (before.matches(".gap") || told(before) > told(step))) before = before.previousElementSibling;
  if (before) before.after(step);
  else list.prepend(step);
  if (silence?.matches(".gap")) step.before(silence);
  fade(step, "fresh");
}

// A turn's heading, from what stands under it now.
export function recount(turn, fresh) {
  const sums = turn.querySelector(".sums");
  if (!sums) return;
  const [uses, failed] = ["[data-use]", "[data-use].bad"].map((kind) => turn.querySelectorAll(kind).length);
  const gone = Number(turn.dataset.gone ?? 0);
  const lasted = fresh.querySelector(":scope > .turn-head .lasted");
  sums.querySelector(".uses").textContent = plural(uses + gone, "tool use");
  if (lasted) put(sums, ".lasted", lasted);
  if (failed) put(sums, ".failures", Object.assign(document.createElement("span"), { className: "failures", textContent: `✗ ${failed} failed` }));
}

function put(sums, name, fresh) {
  const old = sums.querySelector(name);
  if (old) old.replaceWith(fresh);
  else if (name === ".lasted") sums.querySelector(".uses").before(fresh);
  else sums.append(fresh);
}
