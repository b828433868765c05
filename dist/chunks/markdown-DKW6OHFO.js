import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{d as a}from"./chunk-FH76KFCU.js";import"./chunk-A2K4IN3P.js";import"./chunk-W3K3ZHRK.js";import"./chunk-537WHR3Q.js";import"./chunk-ATYP5OY3.js";import"./chunk-Q5BJFCUI.js";import"./chunk-QKIWLZ7F.js";import"./chunk-WWZSUJCZ.js";export{a as renderMarkdown};
