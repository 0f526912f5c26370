// Resegments the link to the session map by the map, and marks on it what is on the screen.

let segments = []; // of each link: its event and where it is on the map, in order of the events
let isDue = false;

const seqOf = ({ id }) => Number(id.slice(2));

const readSegments = (map) => {
  segments = [...map.querySelectorAll("a")]
    .map((link) => {
      const box = link.querySelector("rect");
      const x = Number(box.getAttribute("x"));
      return { seq: Number(link.href.baseVal.split("#e-")[1]), x, end: x + Number(box.getAttribute("width")) };
    })
    .sort((one, other) => one.seq - other.seq);
};

const drawWindow = () => {
  isDue = false;
  const marker = document.querySelector(".session-map .window");
  const steps = [...document.querySelectorAll("#timeline .step[id], #timeline .turn[id]")];
  const inSight = steps.filter((step) => {
    const { top, bottom } = step.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  if (!marker || !segments.length || !inSight.length) return;
  const seqs = inSight.map(seqOf);
  const first = segments.findLast(({ seq }) => seq <= Math.min(...seqs)) ?? segments[0];
  const last = segments.findLast(({ seq }) => seq <= Math.max(...seqs)) ?? segments[0];
  marker.removeAttribute("hidden");
  marker.setAttribute("x", first.x);
  marker.setAttribute("width", Math.max(4, last.end - first.x));
};

export const drawMap = async () => {
  for (const container of document.querySelectorAll("[data-map]")) {
    const answer = await fetch(container.dataset.map, { headers: { "X-Requested-With": "fetch" } }).catch(
      () => undefined,
    );
    if (!answer?.ok || answer.redirected) continue;
    container.innerHTML = await answer.text(); // our own server's, with everything captured escaped
    readSegments(container);
    drawWindow();
  }
};

addEventListener(
  "scroll",
  () => {
    if (!isDue) requestAnimationFrame(drawWindow);
    isDue = true;
  },
  { passive: true },
);
await drawMap();
