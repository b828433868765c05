const require=process.getBuiltinModule;
import{b as r,c as i}from"./chunk-FI3EK5M2.js";var o=i((p,e)=>{e.exports=r("node:fs/promises")});export{o as a};
