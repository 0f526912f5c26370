// The feed's decisions, as functions of values.

export const MAX_ROWS = 500; // rows in the page

// A new row of the same tool call replaces the old one, but "no result yet" never
// replaces a result.
export const replaces = (old, fresh) => old.open || !fresh.open;

const SLOW_CALL_MS = 10_000; // the server has the same: `SLOW_CALL` in dashboard/session/feed_rows.py

// A call that failed, or took long, is news when it ends; its row then stands at its end.
export const isNews = (old, fresh) => old.open && !fresh.open && (fresh.bad || fresh.ms - old.ms >= SLOW_CALL_MS);

// How many of the oldest rows to remove.
export const surplus = (count, most = MAX_ROWS) => Math.max(0, count - most);

// Milliseconds before the next try, doubling up to half a minute; `chance` in [0, 1) spreads the tries of many pages.
export const pause = (attempt, chance) => Math.min(30_000, 500 * 2 ** attempt) * (0.5 + chance / 2);

// "1 step", "2 steps".
export const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

// Milliseconds to wait after work that took this long, so that its share of a server's time stays small.
export const pauseAfter = (took) => Math.min(60_000, Math.max(2_000, 30 * took));

export const waiting = (count) => `${count.toLocaleString("en")} new`;

const HOURS_AS_DAYS = 48; // what lasted longer is shown in days

// "12 s", "4 min", "2 h 5 min", "126 days": how long something has lasted.
export const elapsed = (milliseconds) => {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  const hours = Math.floor(seconds / 3600);
  if (hours >= HOURS_AS_DAYS) return `${Math.floor(hours / 24)} days`;
  return `${hours} h ${Math.floor((seconds % 3600) / 60)} min`;
};

// The title of a tab with the number of waiting sessions.
export const titled = (title, waiting) => (waiting ? `(${waiting}) ${title}` : title);

// Milliseconds until a page without a stream asks how it goes: rarely in a hidden tab, ever more rarely without an
// answer, and not all at once.
export const pulseAfter = ({ hidden, missed, chance }) =>
  Math.min(120_000, (hidden ? 60_000 : 10_000) * 2 ** Math.min(missed, 4)) * (1 + chance / 4);

// The index after this one, round a list; the first for -1.
export const followingIndex = (index, length) => (index + 1) % Math.max(1, length);
