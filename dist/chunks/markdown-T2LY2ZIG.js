const require=process.getBuiltinModule;
import{renderMarkdown}from"./chunk-7DJ7XC6A.js";import"./chunk-ZZQUT7IP.js";import"./chunk-4PV6LQBL.js";import"./chunk-W3SLNTLP.js";import"./chunk-G5EZANSA.js";import"./chunk-ZT36EX7T.js";import"./chunk-EBIZXB2O.js";import"./chunk-TJBUNGRT.js";import"./chunk-GUBIX7MQ.js";export{renderMarkdown};
