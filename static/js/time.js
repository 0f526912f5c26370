// Times in the reader's own zone. The server writes UTC, which stays for readers without scripts.

const two = (number) => String(number).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export const clock = (at) => `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
export const day = (at) => `${two(at.getDate())} ${MONTHS[at.getMonth()]}`;
export const whole = (at) => `${day(at)} ${at.getFullYear()}, ${clock(at)}`;

// To the second on the day itself, to the minute before that.
export const short = (at, now) =>
  at.toDateString() === now.toDateString() ? clock(at) : `${day(at)} ${clock(at).slice(0, 5)}`;

const startOfDay = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate());

// "12 s", "5 min", "3 h", "Yesterday", "6 Jun", with the year if it is another: how long ago, for a table.
export const relative = (at, now) => {
  const seconds = Math.max(0, Math.floor((now - at) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  const days = Math.round((startOfDay(now) - startOfDay(at)) / 86_400_000);
  if (days === 0 || seconds < 6 * 3600) return `${Math.floor(seconds / 3600)} h`;
  if (days === 1) return "Yesterday";
  return dated(at, now);
};

const dated = (at, now) =>
  at.getFullYear() === now.getFullYear() ? plainDay(at) : `${plainDay(at)} ${at.getFullYear()}`;
const plainDay = (at) => `${at.getDate()} ${MONTHS[at.getMonth()]}`;

// What a time shows, by its attribute: the whole of it, only the clock, the day and the clock, or how long ago.
const FORMS = {
  whole,
  clock,
  date: (at, now) => `${dated(at, now)}, ${clock(at).slice(0, 5)}`,
  relative,
};

export function localize(root, now = new Date()) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const form = Object.keys(FORMS).find((name) => name in time.dataset);
    time.textContent = (FORMS[form] ?? short)(at, now);
    time.title = `${whole(at)} (your time)`;
  }
}

if (globalThis.document) localize(document);
