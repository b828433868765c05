import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-7B6HPPC7.js";import"./chunk-QKIWLZ7F.js";import"./chunk-6YBCJTLI.js";import"./chunk-WWZSUJCZ.js";export{a as yamlWithoutCommands};
