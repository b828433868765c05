import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-P5D55YFW.js";import"./chunk-DCEUNVVF.js";import"./chunk-THDHXZ24.js";import"./chunk-MYXP26JO.js";import"./chunk-SVFBGPV6.js";import"./chunk-WWZSUJCZ.js";export{a as renderMarkdown};
