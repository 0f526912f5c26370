"use strict";

/** One pattern that matches what any of `patterns` does; the first that matches wins, as between `|`. */
const anyOf = (patterns, flags = "") => new RegExp(patterns.map(({ source }) => source).join("|"), flags);

module.exports = { anyOf };
