const require=process.getBuiltinModule;
import{tooOld}from"./chunks/chunk-BE2TK23N.js";import"./chunks/chunk-GUBIX7MQ.js";tooOld===""?(process.exitCode=70,import("./chunks/run-action-QZNREOSK.js")):(process.exitCode=2,process.stderr.write(`${tooOld}
`));
