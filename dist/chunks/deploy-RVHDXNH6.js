import{createRequire as __stepgateRequire}from'node:module';const require=__stepgateRequire(import.meta.url);
import{d as a,e as b}from"./chunk-PFVV6L7V.js";import"./chunk-A4Y52GSR.js";import"./chunk-EHIXPKLN.js";import"./chunk-352ZWFVE.js";import"./chunk-5EHCPPGK.js";import"./chunk-7GJ2V774.js";import"./chunk-FOAKTY7W.js";export{b as changesOf,a as deploy};
