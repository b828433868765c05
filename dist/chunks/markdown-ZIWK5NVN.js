import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-Y7JQZYI2.js";import"./chunk-T7ZPM77G.js";import"./chunk-JPNJU6GO.js";import"./chunk-CCK3YWXE.js";import"./chunk-QX2KHIQG.js";import"./chunk-WWZSUJCZ.js";export{a as renderMarkdown};
