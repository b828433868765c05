#!/usr/bin/env node
import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a as e}from"./chunks/chunk-YEROQ7BL.js";import"./chunks/chunk-WWZSUJCZ.js";e===""?(process.exitCode=70,import("./chunks/run-cli-YG7MC5DN.js")):(process.exitCode=2,process.stderr.write(`${e}
`));
