"use strict";
const { resolvePaths } = require("../paths.js");
const { pause, resume } = require("../privacy/pause.js");
const { UsageError } = require("./options.js");

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 };
const DURATION = /^(?:\d{1,9}[smhd])+$/;
// The end of a pause is stored as a file's time, and some file systems can not store times after 2037.
const MAX_PAUSE_MS = 366 * 86_400_000;

const PAUSE_HELP = `memfog pause [--for 1h] [--project]

Stops capturing at once, also in running sessions. Events captured before are still delivered.

  --for T     resumes by itself after this time: 45m, 2h, 1h30m, 3d; one second to 366 days
  --project   only sessions that were started in this folder, or below it

Exit codes: 0 paused, 2 wrong usage.`;

const RESUME_HELP = `memfog resume [--project]

Ends every pause.

  --project   ends that of this folder alone

Exit codes: 0 capturing again, 2 wrong usage.`;

const flag = { type: "boolean" };

function runPause(options) {
  const until = options.for === undefined ? null : new Date(Date.now() + parseDuration(options.for));
  const project = options.project ? process.cwd() : null;
  pause(resolvePaths(), { until, project });
  const scope = project === null ? "Nothing is captured" : `Nothing is captured in ${project}`;
  return { lines: [`${scope} until ${until === null ? "memfog resume" : until.toLocaleString()}.`] };
}

function runResume(options) {
  const ended = resume(resolvePaths(), { project: options.project ? process.cwd() : null });
  return { lines: [ended ? "Capturing again." : "No pause was active."] };
}

function parseDuration(text) {
  const time = DURATION.test(text)
    ? [...text.matchAll(/(\d+)([smhd])/g)].reduce(
        (sum, [, number, unit]) => sum + Number(number) * SECONDS[unit] * 1_000,
        0,
      )
    : NaN;
  if (Number.isNaN(time)) throw new UsageError(`--for "${text}" is no time; write it like 45m or 2h`);
  if (time === 0 || time > MAX_PAUSE_MS)
    throw new UsageError(
      `--for "${text}" is ${time === 0 ? "no time at all" : "too long"}; it can be one second to 366 days, ` +
        "and without --for the pause lasts until memfog resume",
    );
  return time;
}

module.exports = {
  pauseCommand: { help: PAUSE_HELP, options: { for: { type: "string" }, project: flag }, run: runPause },
  resumeCommand: { help: RESUME_HELP, options: { project: flag }, run: runResume },
};
