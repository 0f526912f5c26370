// Loads the whole timeline before it is printed.

import { appendTurns } from "./more.js";
import { hasUnloaded, parsePage } from "./step-groups.js";

const MAX_PAGES = 60; // of the server, as many events as other views of a whole session read; an export has all

const timeline = document.querySelector("#timeline");
let whole;

// A browser waits for no promise before it prints.
const fetchNow = (address) => {
  const request = new XMLHttpRequest();
  request.open("GET", address, false);
  request.setRequestHeader("X-Requested-With", "fetch");
  request.send();
  return request.status === 200 ? parsePage(request.responseText) : undefined;
};

const isWhole = () =>
  !hasUnloaded() && !timeline.querySelector("[data-more]") && !document.querySelector(".older [rel=prev]");

addEventListener("beforeprint", () => {
  if (isWhole() || whole) return;
  whole = Object.assign(document.createElement("div"), { className: "timeline whole" });
  let address = "?from=";
  for (let count = 0; address && count < MAX_PAGES; count += 1) {
    const page = fetchNow(address);
    if (!page) break;
    appendTurns(whole, page);
    const more = whole.querySelector("[data-more]");
    address = more?.href;
    if (count < MAX_PAGES - 1) more?.parentElement.remove();
  }
  timeline.before(whole);
});

addEventListener("afterprint", () => {
  whole?.remove();
  whole = undefined;
});
