#!/usr/bin/env node
const require=process.getBuiltinModule;
import{tooOld}from"./chunks/chunk-BE2TK23N.js";import"./chunks/chunk-GUBIX7MQ.js";tooOld===""?(process.exitCode=70,import("./chunks/compile-cache-KH5JI2LP.js").then(({keepCompiled})=>(keepCompiled(process.env),import("./chunks/run-cli-KNILPL4T.js")))):(process.exitCode=2,process.stderr.write(`${tooOld}
`));
