#!/usr/bin/env node
const require=process.getBuiltinModule;
import{a as e}from"./chunks/chunk-QSUXJEHW.js";import"./chunks/chunk-FI3EK5M2.js";e===""?(process.exitCode=70,import("./chunks/compile-cache-KJNGHQCY.js").then(({keepCompiled:o})=>(o(process.env),import("./chunks/run-cli-6F3ZKSEQ.js")))):(process.exitCode=2,process.stderr.write(`${e}
`));
