"use strict";
const { testHook } = require("../../testing/hooks/hook-forms.js");
const { shells } = require("../../testing/hooks/shells.js");

const NAMES = ["busybox", "ksh", "zsh"];

for (const shell of shells().filter(({ name }) => NAMES.includes(name))) testHook({ name: shell.name, form: shell });
