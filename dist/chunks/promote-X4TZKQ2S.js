import{createRequire as __stepgateRequire}from'node:module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-LR4OVC65.js";import"./chunk-N3IAXCKK.js";import"./chunk-EHIXPKLN.js";import"./chunk-DP4GT26P.js";import"./chunk-5EHCPPGK.js";import"./chunk-7GJ2V774.js";import"./chunk-FOAKTY7W.js";export{a as promote};
