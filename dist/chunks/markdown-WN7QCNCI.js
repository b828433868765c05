import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-GUHSNX4N.js";import"./chunk-KP7FTCBA.js";import"./chunk-TJ7J6CSU.js";import"./chunk-MYXP26JO.js";import"./chunk-SVFBGPV6.js";import"./chunk-WWZSUJCZ.js";export{a as renderMarkdown};
