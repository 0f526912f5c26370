"use strict";

/** One pattern that matches whatever one of `patterns` matches; the first match wins, as with `|`. */
const anyOf = (patterns, flags = "") => new RegExp(patterns.map(({ source }) => source).join("|"), flags);

module.exports = { anyOf };
