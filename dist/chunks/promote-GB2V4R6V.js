import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-7OUR2H5O.js";import"./chunk-IVP7VAMD.js";import"./chunk-IZQJCQMZ.js";import"./chunk-EMPUWITS.js";import"./chunk-V5UJ26WG.js";import"./chunk-6YBCJTLI.js";import"./chunk-VYLZNOJP.js";import"./chunk-HKHLNLPB.js";import"./chunk-WWZSUJCZ.js";export{a as promote};
