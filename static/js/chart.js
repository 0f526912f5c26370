// The stacked chart: the value of the column under the pointer or the focus, arrow keys, and a legend that restacks.

const HEIGHT = 100; // of the plot, in units of its SVG
const chart = document.querySelector("#stacked");
const value = document.querySelector("#chart-value");
const columns = [...(chart?.querySelectorAll(".plot a") ?? [])];

const show = ({ target }) => {
  const column = target.closest?.(".plot a");
  const text = column?.querySelector("title").textContent.replace(":\n", ": ").replaceAll("\n", " · ");
  if (text) value.textContent = text;
};

// The columns that are shown stand on the axis, without gaps where others were.
const restack = () => {
  const shown = new Set([...chart.querySelectorAll(".chart-legend :checked")].map((box) => `s${box.value}`));
  for (const column of columns) {
    let y = HEIGHT;
    for (const part of column.querySelectorAll("rect")) {
      const isShown = shown.has(part.classList[0]);
      part.toggleAttribute("hidden", !isShown);
      if (!isShown) continue;
      y -= Number(part.getAttribute("height"));
      part.setAttribute("y", y);
    }
  }
};

// One stop of the tab key; the arrow keys go from column to column.
const move = (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const next = step && columns[columns.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  for (const column of columns) column.setAttribute("tabindex", column === next ? "0" : "-1");
  next.focus();
};

if (chart) {
  chart.addEventListener("pointerover", show, { passive: true });
  chart.addEventListener("focusin", show);
  chart.addEventListener("keydown", move);
  chart.querySelector(".chart-legend").addEventListener("change", restack);
}
