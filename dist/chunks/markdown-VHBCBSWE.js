import{createRequire as __stepgateRequire}from'node:module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-XX6QQDOF.js";import"./chunk-R4RLJ5ZA.js";import"./chunk-FOAKTY7W.js";export{a as renderMarkdown};
