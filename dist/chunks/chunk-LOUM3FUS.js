const require=process.getBuiltinModule;
import{b as e,c as r}from"./chunk-FI3EK5M2.js";var p=r((s,i)=>{i.exports=e("node:https")});var q=r((t,o)=>{o.exports=e("node:net")});export{p as a,q as b};
