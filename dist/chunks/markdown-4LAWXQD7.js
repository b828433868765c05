import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-OON4C3QT.js";import"./chunk-O6W3HWDT.js";import"./chunk-TFZSMME3.js";import"./chunk-P5QI263J.js";import"./chunk-RLHPIYDQ.js";import"./chunk-Q5BJFCUI.js";import"./chunk-QKIWLZ7F.js";import"./chunk-WWZSUJCZ.js";export{a as renderMarkdown};
