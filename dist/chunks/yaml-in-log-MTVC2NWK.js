import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-QHSYIAFK.js";import"./chunk-QX2KHIQG.js";import"./chunk-6YBCJTLI.js";import"./chunk-WWZSUJCZ.js";export{a as yamlWithoutCommands};
