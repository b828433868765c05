const require=process.getBuiltinModule;
import{a as n}from"./chunk-FI3EK5M2.js";function r({all:s}){let i=s.map(({kinds:{record:t}})=>[`${t.apiVersion}/${t.kind}`,t]);return[...new Map(i).values()]}n(r,"recordKinds");export{r as a};
