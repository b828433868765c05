import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-3YZKNO2F.js";import"./chunk-SVFBGPV6.js";import"./chunk-6YBCJTLI.js";import"./chunk-WWZSUJCZ.js";export{a as yamlWithoutCommands};
