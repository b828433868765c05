import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a}from"./chunk-UADIKC66.js";import"./chunk-OZ574JNA.js";import"./chunk-RCLMRMEQ.js";import"./chunk-CCK3YWXE.js";import"./chunk-QX2KHIQG.js";import"./chunk-WWZSUJCZ.js";export{a as renderMarkdown};
