import{createRequire as __stepgateRequire}from'node:module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-MRAO33UO.js";import"./chunk-A4Y52GSR.js";import"./chunk-EHIXPKLN.js";import"./chunk-352ZWFVE.js";import"./chunk-5EHCPPGK.js";import"./chunk-7GJ2V774.js";import"./chunk-FOAKTY7W.js";export{a as tick};
