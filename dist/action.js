const require=process.getBuiltinModule;
import{a as e}from"./chunks/chunk-QSUXJEHW.js";import"./chunks/chunk-FI3EK5M2.js";e===""?(process.exitCode=70,import("./chunks/run-action-BDRAFDVK.js")):(process.exitCode=2,process.stderr.write(`${e}
`));
