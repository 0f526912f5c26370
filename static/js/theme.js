// The theme: light, dark, or the system's. A classic script in the head, so that the page is never painted in
// the wrong one; the switch itself is wired when the page has been read.
(() => {
  const root = document.documentElement;
  const KEY = "memfog-theme";

  const readTheme = () => {
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

  const storeTheme = (theme) => {
    try {
      if (theme === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // storage is off
    }
  };

  const wire = (box) => {
    for (const input of box.querySelectorAll("input")) {
      input.checked = input.value === readTheme();
      input.addEventListener("change", () => {
        apply(input.value);
        storeTheme(input.value);
      });
    }
    box.hidden = false;
  };

  root.classList.add("js");
  apply(readTheme());
  addEventListener("storage", (event) => event.key === KEY && apply(readTheme()));
  addEventListener("DOMContentLoaded", () => document.querySelectorAll(".theme").forEach(wire));
})();
