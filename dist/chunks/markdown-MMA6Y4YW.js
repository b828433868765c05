import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-ARLQ6JMX.js";import"./chunk-O6W3HWDT.js";import"./chunk-PPYCSMBF.js";import"./chunk-537WHR3Q.js";import"./chunk-RLHPIYDQ.js";import"./chunk-Q5BJFCUI.js";import"./chunk-QKIWLZ7F.js";import"./chunk-WWZSUJCZ.js";export{a as renderMarkdown};
