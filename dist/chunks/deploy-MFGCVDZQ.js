import{createRequire as __stepgateRequire}from'node:module';const require=__stepgateRequire(import.meta.url);
import{d as a,e as b}from"./chunk-GFTM3EEM.js";import"./chunk-SXXBRLFX.js";import"./chunk-HKY4GCIN.js";import"./chunk-BZLNYRNO.js";import"./chunk-6VQ3WTLQ.js";import"./chunk-FOAKTY7W.js";export{b as changesOf,a as deploy};
