const require=process.getBuiltinModule;
import{a as c,c as u}from"./chunk-3I2MTANW.js";import{d as p,g as m,n as f}from"./chunk-Y3UENBK2.js";import{a as i}from"./chunk-FI3EK5M2.js";function h(t){if(g(t))return t;let o=[];for(let r of f(t))m(r,{Scalar(l,e){if(!p(e)||typeof e.value!="string"||g(e.value))return;let[s,a]=e.range??[0,0],d=t.slice(s,a).endsWith(`
`)?`
`:"";o.push({from:s,to:a,quoted:`${S(e.value)}${d}`})}});let n=t;for(let{from:r,to:l,quoted:e}of o.toSorted((s,a)=>a.from-s.from))n=n.slice(0,r)+e+n.slice(l);return n.split(`
`).map(b).join(`
`)}i(h,"yamlWithoutCommands");function b(t){let o=t.split("	").map(n=>c(n).join(" "));return u(o.join("	"))}i(b,"commentBroken");function g(t){let o=t.split(`
`).map(r=>r.replaceAll("	","  ")),n=c(t);return n.join(`
`)===o.join(`
`)&&n.every(r=>u(r)===r)}i(g,"isHarmless");function S(t){return JSON.stringify(t).replace(/[\p{Cc}\p{Cf}\p{Me}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu,o=>{let n=(o.codePointAt(0)??0).toString(16);return n.length>4?`\\U${n.padStart(8,"0")}`:`\\u${n.padStart(4,"0")}`}).replace(new RegExp("(#\\p{M}*#\\p{M}*)\\[","gu"),"$1\\u005b")}i(S,"doubleQuoted");export{h as a};
