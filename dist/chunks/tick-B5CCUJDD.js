import{createRequire as __stepgateRequire}from'node:module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-VLMS74RA.js";import"./chunk-DIYJJT5A.js";import"./chunk-EHIXPKLN.js";import"./chunk-2CPRQP7O.js";import"./chunk-GQUIK2VB.js";import"./chunk-WAMVI2KK.js";import"./chunk-FOAKTY7W.js";export{a as tick};
