import{createRequire as __stepgateRequire}from'node:module';const require=__stepgateRequire(import.meta.url);
import{d as a,e as b}from"./chunk-EZDPOB3T.js";import"./chunk-JKMCG6TQ.js";import"./chunk-KJGN2K5F.js";import"./chunk-EHIXPKLN.js";import"./chunk-YLS2XGHV.js";import"./chunk-5EHCPPGK.js";import"./chunk-7GJ2V774.js";import"./chunk-FOAKTY7W.js";export{b as changesOf,a as deploy};
