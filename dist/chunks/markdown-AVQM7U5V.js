import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-N5XFXFEB.js";import"./chunk-KZCFMFOY.js";import"./chunk-V67BRHQU.js";import"./chunk-Z52OZNN6.js";import"./chunk-QBJFZ5FM.js";import"./chunk-WWZSUJCZ.js";export{a as renderMarkdown};
