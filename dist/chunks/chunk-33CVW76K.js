import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a as n}from"./chunk-WWZSUJCZ.js";function r({all:s}){let i=s.map(({kinds:{record:t}})=>[`${t.apiVersion}/${t.kind}`,t]);return[...new Map(i).values()]}n(r,"recordKinds");export{r as a};
