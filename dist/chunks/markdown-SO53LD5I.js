import{createRequire as __stepgateRequire}from'node:module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-DYCRAOPA.js";import"./chunk-BG64C2DB.js";import"./chunk-LWBOWM2H.js";import"./chunk-FOAKTY7W.js";export{a as renderMarkdown};
