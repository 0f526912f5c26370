// The page filter applies as it changes, and its address names only what is chosen. In the sheet of a phone, several
// fields are chosen first.

const fields = document.querySelector("#filter-sheet");
const form = fields.closest("form");

const isSheet = () => fields.matches(":popover-open");
const isIncomplete = () => {
  const days = [...fields.querySelectorAll('[type="date"]')];
  return days.some((day) => day === document.activeElement) && days.some((day) => !day.value);
};

form.addEventListener("change", ({ target }) => {
  if (target.type !== "search" && !isSheet() && !isIncomplete()) form.requestSubmit();
});

// A field that is empty, or that a chip removes, has no place in the address.
form.addEventListener("submit", (event) => {
  const removed = event.submitter?.name === "without" ? event.submitter.value : "";
  if (event.submitter?.name === "without") event.submitter.name = "";
  const days = [...fields.querySelectorAll('[type="date"]')].some((day) => day.value);
  for (const field of form.elements) {
    if (!field.name) continue;
    if (!field.value || field.name === removed || (days && field.name === "time")) field.disabled = true;
  }
});

// After a return to this page, all fields are enabled again.
addEventListener("pageshow", () => {
  for (const field of form.elements) field.disabled = false;
});
