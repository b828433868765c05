const require=process.getBuiltinModule;
import{breakCommands,cleanLines}from"./chunk-TJBUNGRT.js";import{isScalar,parseAllDocuments,visit}from"./chunk-A7OGHYET.js";function yamlWithoutCommands(text){if(isHarmless(text))return text;let edits=[];for(let document of parseAllDocuments(text))visit(document,{Scalar(_,node){if(!isScalar(node)||typeof node.value!="string"||isHarmless(node.value))return;let[from,to]=node.range??[0,0],end=text.slice(from,to).endsWith(`
`)?`
`:"";edits.push({from,to,quoted:`${doubleQuoted(node.value)}${end}`})}});let rest=text;for(let{from,to,quoted}of edits.toSorted((left,right)=>right.from-left.from))rest=rest.slice(0,from)+quoted+rest.slice(to);return rest.split(`
`).map(commentBroken).join(`
`)}function commentBroken(line){let clean=line.split("	").map(part=>cleanLines(part).join(" "));return breakCommands(clean.join("	"))}function isHarmless(text){let lines=text.split(`
`).map(line=>line.replaceAll("	","  ")),clean=cleanLines(text);return clean.join(`
`)===lines.join(`
`)&&clean.every(line=>breakCommands(line)===line)}function doubleQuoted(text){return JSON.stringify(text).replace(/[\p{Cc}\p{Cf}\p{Me}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu,sign=>{let code=(sign.codePointAt(0)??0).toString(16);return code.length>4?`\\U${code.padStart(8,"0")}`:`\\u${code.padStart(4,"0")}`}).replace(new RegExp("(#\\p{M}*#\\p{M}*)\\[","gu"),"$1\\u005b")}export{yamlWithoutCommands};
