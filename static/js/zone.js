// Days and hours in the reader's own zone, where the address names none: a cookie gives it to the server, so that only
// the first page with days is loaded twice, and an address that is passed on holds for its reader. Without scripts they
// are UTC, and so they are in a zone that the server does not know: its page is not loaded again and again.

const YEAR_S = 31_536_000;
const shown = document.querySelector("[data-zone]");
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const isNamed = new URL(location.href).searchParams.has("zone");
const cookie = `zone=${timeZone}`;
const isStored = () => document.cookie.split("; ").includes(cookie);

if (timeZone && !isStored()) {
  // biome-ignore lint/suspicious/noDocumentCookie: other browsers than Chromium have no `cookieStore` yet
  document.cookie = `${cookie}; path=/; max-age=${YEAR_S}; samesite=lax`;
  if (shown && timeZone !== shown.dataset.zone && !isNamed && isStored()) location.reload();
}
