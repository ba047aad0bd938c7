#!/usr/bin/env node
// Runs the binary of this platform, and ends as it does.
"use strict";

const { spawnSync } = require("node:child_process");
const { constants } = require("node:os");

const name = process.platform === "win32" ? "straykey.exe" : "straykey";
const platform = `${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`@straykey/${platform}/bin/${name}`);
} catch {
  console.error(`straykey: @straykey/${platform} is not installed (npm was told to leave out optional dependencies, or there is none)`);
  process.exit(2);
}
const ended = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (ended.error) {
  console.error(`straykey: ${ended.error.message}`);
  process.exit(2);
}
process.exit(ended.signal ? 128 + constants.signals[ended.signal] : ended.status);
