import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a as u,c as l}from"./chunk-QKIWLZ7F.js";import{a as d}from"./chunk-6YBCJTLI.js";import{a as s,d as g}from"./chunk-WWZSUJCZ.js";var i=g(d(),1);function _(t){if(m(t))return t;let o=[];for(let r of(0,i.parseAllDocuments)(t))(0,i.visit)(r,{Scalar(p,e){if(!(0,i.isScalar)(e)||typeof e.value!="string"||m(e.value))return;let[a,c]=e.range??[0,0],f=t.slice(a,c).endsWith(`
`)?`
`:"";o.push({from:a,to:c,quoted:`${S(e.value)}${f}`})}});let n=t;for(let{from:r,to:p,quoted:e}of o.toSorted((a,c)=>c.from-a.from))n=n.slice(0,r)+e+n.slice(p);return n.split(`
`).map(b).join(`
`)}s(_,"yamlWithoutCommands");function b(t){let o=t.split("	").map(n=>u(n).join(" "));return l(o.join("	"))}s(b,"commentBroken");function m(t){let o=t.split(`
`).map(r=>r.replaceAll("	","  ")),n=u(t);return n.join(`
`)===o.join(`
`)&&n.every(r=>l(r)===r)}s(m,"isHarmless");function S(t){return JSON.stringify(t).replace(/[\p{Cc}\p{Cf}\p{Me}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu,o=>{let n=(o.codePointAt(0)??0).toString(16);return n.length>4?`\\U${n.padStart(8,"0")}`:`\\u${n.padStart(4,"0")}`}).replace(new RegExp("(#\\p{M}*#\\p{M}*)\\[","gu"),"$1\\u005b")}s(S,"doubleQuoted");export{_ as a};
