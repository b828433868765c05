import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{b as r,c as i}from"./chunk-WWZSUJCZ.js";var o=i((p,e)=>{e.exports=r("node:http")});export{o as a};
