import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-N5JG2CKR.js";import"./chunk-EIDNV3VL.js";import"./chunk-SBTY2APR.js";import"./chunk-GPDXO2OD.js";import"./chunk-6BXMK7XE.js";import"./chunk-6YBCJTLI.js";import"./chunk-VYLZNOJP.js";import"./chunk-FEC2762E.js";import"./chunk-WWZSUJCZ.js";export{a as promote};
