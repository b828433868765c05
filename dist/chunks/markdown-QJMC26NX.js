const require=process.getBuiltinModule;
import{renderMarkdown}from"./chunk-T2MN7MMQ.js";import"./chunk-ZZQUT7IP.js";import"./chunk-TQ7NSTMA.js";import"./chunk-W3SLNTLP.js";import"./chunk-G5EZANSA.js";import"./chunk-ZT36EX7T.js";import"./chunk-EBIZXB2O.js";import"./chunk-TJBUNGRT.js";import"./chunk-GUBIX7MQ.js";export{renderMarkdown};
