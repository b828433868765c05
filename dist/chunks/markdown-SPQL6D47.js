import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-EWLPUY3L.js";import"./chunk-O6W3HWDT.js";import"./chunk-AR4SEKNO.js";import"./chunk-ITEPW4OZ.js";import"./chunk-RLHPIYDQ.js";import"./chunk-Q5BJFCUI.js";import"./chunk-QKIWLZ7F.js";import"./chunk-WWZSUJCZ.js";export{a as renderMarkdown};
