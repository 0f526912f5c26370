// Days and hours in the reader's own zone, where the address names none. Without scripts they are UTC, and say so.

const shown = document.querySelector("[data-zone]");
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const address = new URL(location.href);

if (shown && timeZone && timeZone !== shown.dataset.zone && !address.searchParams.has("zone")) {
  address.searchParams.set("zone", timeZone);
  location.replace(address);
}
