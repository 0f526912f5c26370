// Rows that follow each other and are alike fold into a run, as the server folds them in a page.

const MIN_RUN_ROWS = 3;

const isPlain = (item, key) =>
  item?.dataset.run === key && item.matches(".row") && !item.querySelector("details[open]");
const isBusy = (item) => item.contains(document.activeElement);

// The line of a run is that of its latest row, with the number of rows.
const writeLine = (run) => {
  const rows = run.querySelectorAll(".row");
  const line = rows[0].querySelector("summary").cloneNode(true);
  const times = document.createElement("b");
  times.className = "times";
  times.textContent = `${rows.length} ×`;
  line.querySelector(".what").prepend(times, " ");
  run.querySelector("summary").replaceChildren(...line.childNodes);
};

const makeRun = (rows) => {
  const run = document.createElement("li");
  run.className = rows[0].className.replace(/\brow\b|\bfresh\b/g, "run");
  run.dataset.run = rows[0].dataset.run;
  const details = run.appendChild(document.createElement("details"));
  details.append(document.createElement("summary"), document.createElement("ol"));
  details.lastChild.className = "rows";
  rows[0].before(run);
  details.lastChild.append(...rows);
  writeLine(run);
};

// Folds a row with those below it.
export const fold = (row) => {
  const key = row.dataset.run;
  if (!key || !isPlain(row, key) || isBusy(row)) return;
  const next = row.nextElementSibling;
  if (next?.matches(".run") && next.dataset.run === key) {
    next.querySelector("ol").prepend(row);
    writeLine(next);
    return;
  }
  const rows = [row];
  while (isPlain(rows.at(-1).nextElementSibling, key)) rows.push(rows.at(-1).nextElementSibling);
  if (rows.length >= MIN_RUN_ROWS && !rows.some(isBusy)) makeRun(rows);
};

// A run that lost a row shows how many are left.
export const shrink = (run) => {
  if (run.querySelector(".row")) writeLine(run);
  else run.remove();
};
