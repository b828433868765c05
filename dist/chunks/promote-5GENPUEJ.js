import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-KO3KOTBB.js";import"./chunk-P4FPPOSU.js";import"./chunk-7B7RM3NE.js";import"./chunk-PYGYQEKI.js";import"./chunk-6BXMK7XE.js";import"./chunk-6YBCJTLI.js";import"./chunk-VYLZNOJP.js";import"./chunk-FEC2762E.js";import"./chunk-WWZSUJCZ.js";export{a as promote};
