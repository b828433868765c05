import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-WNCRYWFA.js";import"./chunk-OZ574JNA.js";import"./chunk-VM6H5BPA.js";import"./chunk-CCK3YWXE.js";import"./chunk-QX2KHIQG.js";import"./chunk-WWZSUJCZ.js";export{a as renderMarkdown};
