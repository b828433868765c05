import{createRequire as __stepgateRequire}from'node:module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-CEQHJT7P.js";import"./chunk-DSAYWLB4.js";import"./chunk-HDCO776G.js";import"./chunk-KJGN2K5F.js";import"./chunk-EHIXPKLN.js";import"./chunk-YLS2XGHV.js";import"./chunk-5EHCPPGK.js";import"./chunk-7GJ2V774.js";import"./chunk-FOAKTY7W.js";export{a as promote};
