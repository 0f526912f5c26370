// Times in the reader's own zone. The server writes UTC, which stays for readers without scripts.

const two = (number) => String(number).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export const clock = (at) => `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
export const day = (at) => `${two(at.getDate())} ${MONTHS[at.getMonth()]}`;
export const whole = (at) => `${day(at)} ${at.getFullYear()}, ${clock(at)}`;

// To the second on the day itself, to the minute before that.
export const short = (at, now) =>
  at.toDateString() === now.toDateString() ? clock(at) : `${day(at)} ${clock(at).slice(0, 5)}`;

export function localise(root, now = new Date()) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.textContent = "whole" in time.dataset ? whole(at) : short(at, now);
    time.title = `${whole(at)} (your time)`;
  }
}

if (globalThis.document) localise(document);
