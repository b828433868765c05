import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-6A3SNELY.js";import"./chunk-EM2JN346.js";import"./chunk-3HKAQCOP.js";import"./chunk-PYGYQEKI.js";import"./chunk-6BXMK7XE.js";import"./chunk-6YBCJTLI.js";import"./chunk-VYLZNOJP.js";import"./chunk-FEC2762E.js";import"./chunk-WWZSUJCZ.js";export{a as promote};
