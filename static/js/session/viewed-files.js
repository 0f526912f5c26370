// Which changed files of a session were viewed: a check for each, kept in this browser. No name of a file is kept.

const KEY = "viewed-files";
const MAX_SESSIONS = 50; // of which the checks are kept

const list = document.querySelector("#changed-files");
const count = document.querySelector("#viewed-count");
const files = [...(list?.querySelectorAll(".changed-file") ?? [])];

const load = () => {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
};

const save = (marks) => {
  const { [list.dataset.session]: _, ...others } = load();
  const entries = [...Object.entries(others).slice(1 - MAX_SESSIONS), [list.dataset.session, marks]];
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(entries)));
  } catch {} // a browser that keeps nothing: the checks last as long as the page
};

const boxOf = (file) => file.querySelector(":scope > .viewed input");

const show = () => {
  const viewed = files.filter((file) => boxOf(file).checked).length;
  count.textContent = `${viewed} of ${files.length} viewed`;
};

const change = ({ target }) => {
  const file = target.closest(".viewed")?.parentElement;
  if (!file) return;
  file.querySelector(":scope > details").open = false;
  save(files.filter((one) => boxOf(one).checked).map((one) => one.dataset.mark));
  show();
};

// `v` checks the file that has the focus, and moves to the next.
const press = (event) => {
  if (event.key !== "v" || event.ctrlKey || event.metaKey || event.altKey) return;
  const file = document.activeElement.closest?.(".changed-file");
  if (!file) return;
  boxOf(file).click();
  files[files.indexOf(file) + 1]?.querySelector("summary").focus();
};

if (list) {
  const marks = new Set(load()[list.dataset.session]);
  for (const file of files) {
    boxOf(file).checked = marks.has(file.dataset.mark);
    file.querySelector(":scope > .viewed").hidden = false;
  }
  list.classList.add("keeps-viewed");
  list.addEventListener("change", change);
  addEventListener("keydown", press);
  show();
}
