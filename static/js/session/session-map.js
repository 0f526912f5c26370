// Draws the session map in place of its link, marks the screen on it, and moves that by pointer or key.

import { goTo, markTarget } from "./go-to-step.js";

const WIDTH = 1_000; // of the map, in units of its SVG
const KEY_PAUSE_MS = 600; // after the last key, before another page is loaded
const FOCUS_KEY = "memfog-map-focus"; // the slider has the focus again on that page

let segments = []; // of each link: its event, its title and where it is on the map, in order of the events
let isDue = false;
let drag; // the map under the pointer, and the segment to which it was moved

const seqOf = ({ id }) => Number(id.slice(2));
const seqOfLink = (link) => Number(link.href.baseVal.split("#e-")[1]);
const windowOf = () => document.querySelector(".session-map .window");

const readSegments = (map) => {
  segments = [...map.querySelectorAll("a")]
    .map((link) => {
      const box = link.querySelector("rect");
      const x = Number(box.getAttribute("x"));
      const end = x + Number(box.getAttribute("width"));
      return { seq: seqOfLink(link), x, end, title: link.dataset.title };
    })
    .sort((one, other) => one.seq - other.seq);
};

const showWindow = (x, end) => {
  const marker = windowOf();
  marker.removeAttribute("hidden");
  marker.setAttribute("x", x);
  marker.setAttribute("width", Math.max(4, end - x));
};

const drawWindow = () => {
  isDue = false;
  if (drag || !windowOf() || !segments.length) return;
  const steps = [...document.querySelectorAll("#timeline .step[id], #timeline .turn[id]")];
  const seqs = steps.filter(isOnScreen).map(seqOf);
  if (!seqs.length) return;
  const [least, most] = [Math.min(...seqs), Math.max(...seqs)];
  const first = segments.findLast(({ seq }) => seq <= least) ?? segments[0];
  const last = segments.findLast(({ seq }) => seq <= most) ?? segments[0];
  showWindow(first.x, last.end);
  tellSlider(first);
};

const isOnScreen = (step) => {
  const { top, bottom } = step.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
};

const tellSlider = ({ x, title }, { move = true } = {}) => {
  const slider = document.querySelector(".map-slider");
  if (move && slider !== document.activeElement) slider.value = x;
  slider.setAttribute("aria-valuetext", title);
};

// The nearest segment to this place of the map.
const segmentAt = (x) => {
  const distance = (one) => Math.max(one.x - x, x - one.end, 0);
  return segments.reduce((best, one) => (distance(one) < distance(best) ? one : best), segments[0]);
};

const xOf = (map, { clientX }) => {
  const { left, width } = map.getBoundingClientRect();
  return Math.max(0, Math.min(WIDTH, (WIDTH * (clientX - left)) / width));
};

// Shows the segment: what is on this page at once, the rest when the pointer or the key has come to rest.
const preview = (segment, x) => {
  const width = Number(windowOf().getAttribute("width"));
  showWindow(Math.max(0, Math.min(WIDTH - width, x - width / 2)), Math.max(0, x - width / 2) + width);
  tellSlider(segment, { move: false });
  return goTo(segment.seq, { block: "center" });
};

const load = (seq) => location.assign(`?at=${seq}#e-${seq}`);
const isPlain = (event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;

const start = (event) => {
  const map = event.target.closest?.("[data-map] .strip");
  if (!map || !segments.length || !isPlain(event)) return;
  event.preventDefault();
  const link = event.target.closest("a");
  drag = { map, segment: link && segments.find(({ seq }) => seq === seqOfLink(link)) };
  map.setPointerCapture(event.pointerId);
  if (!drag.segment) move(event);
};

const move = (event) => {
  if (!drag) return;
  const x = xOf(drag.map, event);
  drag.map.classList.add("dragging");
  drag.segment = segmentAt(x);
  preview(drag.segment, x);
};

const end = async (event) => {
  if (!drag) return;
  const { map, segment } = drag;
  map.classList.remove("dragging");
  drag = undefined;
  if (event.type === "pointercancel") return drawWindow();
  if (await goTo(segment.seq, { block: "center" })) markTarget(segment.seq);
  else load(segment.seq);
};

let settling;
const slide = async ({ target }) => {
  clearTimeout(settling);
  const segment = segmentAt(Number(target.value));
  if (await preview(segment, Number(target.value))) return;
  settling = setTimeout(() => {
    sessionStorage.setItem(FOCUS_KEY, "yes");
    load(segment.seq);
  }, KEY_PAUSE_MS);
};

// One title for all segments: the browser shows that of the segment under the pointer.
const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
const showTitle = ({ target }) => {
  const link = target.closest?.("[data-map] .strip a");
  if (!link || title.parentElement === link) return;
  title.textContent = link.dataset.title;
  link.prepend(title);
};

export const drawMap = async () => {
  for (const container of document.querySelectorAll("[data-map]")) {
    if (drag || container.contains(document.activeElement)) continue;
    const answer = await fetch(container.dataset.map, { headers: { "X-Requested-With": "fetch" } }).catch(
      () => undefined,
    );
    if (!answer?.ok || answer.redirected || drag || container.contains(document.activeElement)) continue;
    container.innerHTML = await answer.text(); // our own server's, with everything captured escaped
    readSegments(container);
    for (const slider of container.querySelectorAll(".map-slider")) {
      slider.hidden = !document.querySelector("#timeline");
      slider.addEventListener("input", slide);
    }
    drawWindow();
  }
};

if (document.querySelector("#timeline")) {
  addEventListener("pointerdown", start);
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
  // The click that follows a drag would go to another segment.
  addEventListener(
    "click",
    (event) => isPlain(event) && event.target.closest?.("[data-map] .strip") && event.preventDefault(),
    true,
  );
}
addEventListener("pointerover", showTitle, { passive: true });
addEventListener(
  "scroll",
  () => {
    if (!isDue) requestAnimationFrame(drawWindow);
    isDue = true;
  },
  { passive: true },
);
await drawMap();
if (sessionStorage.getItem(FOCUS_KEY)) {
  sessionStorage.removeItem(FOCUS_KEY);
  document.querySelector(".map-slider")?.focus({ preventScroll: true });
}
