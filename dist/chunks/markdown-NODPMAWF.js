import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-DATKF7WU.js";import"./chunk-H2UO62YG.js";import"./chunk-Z52OZNN6.js";import"./chunk-QBJFZ5FM.js";import"./chunk-WWZSUJCZ.js";export{a as renderMarkdown};
