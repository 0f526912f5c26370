// The theme: light, dark, or the system's. A classic script in the head, so that the page is never painted in
// the wrong one; the switch itself is wired when the page has been read.
(() => {
  const root = document.documentElement;
  const KEY = "memfog-theme";

  const kept = () => {
    try {
      return localStorage.getItem(KEY) || "system";
    } catch {
      return "system"; // storage is off: the choice lasts for this page
    }
  };

  const apply = (theme) => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
  };

  const keep = (theme) => {
    try {
      if (theme === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // nothing to keep it in
    }
  };

  const wire = (box) => {
    for (const input of box.querySelectorAll("input")) {
      input.checked = input.value === kept();
      input.addEventListener("change", () => {
        apply(input.value);
        keep(input.value);
      });
    }
    box.hidden = false;
  };

  root.classList.add("js");
  apply(kept());
  addEventListener("storage", (event) => event.key === KEY && apply(kept()));
  addEventListener("DOMContentLoaded", () => document.querySelectorAll(".theme").forEach(wire));
})();
