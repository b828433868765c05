const require=process.getBuiltinModule;
import{renderMarkdown}from"./chunk-NO7FUBUX.js";import"./chunk-XVBAB3SL.js";import"./chunk-24SAYSRK.js";import"./chunk-UJFQD43C.js";import"./chunk-G5EZANSA.js";import"./chunk-EBIZXB2O.js";import"./chunk-TJBUNGRT.js";import"./chunk-GUBIX7MQ.js";export{renderMarkdown};
