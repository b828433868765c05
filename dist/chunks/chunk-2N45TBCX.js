import{createRequire as __stepgateRequire}from'node:module';const require=__stepgateRequire(import.meta.url);
import{b as r,c as i}from"./chunk-FOAKTY7W.js";var o=i((p,e)=>{e.exports=r("node:http")});export{o as a};
