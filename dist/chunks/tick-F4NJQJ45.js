import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-VNAQPCKM.js";import"./chunk-SZVW4YFN.js";import"./chunk-Y4DBQG3D.js";import"./chunk-TJZ3KIBV.js";import"./chunk-V5UJ26WG.js";import"./chunk-6YBCJTLI.js";import"./chunk-VYLZNOJP.js";import"./chunk-HKHLNLPB.js";import"./chunk-WWZSUJCZ.js";export{a as tick};
