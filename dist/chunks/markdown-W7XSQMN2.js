const require=process.getBuiltinModule;
import{d as a}from"./chunk-PFWRYLYT.js";import"./chunk-2LMOBVAG.js";import"./chunk-F7ZAU4OC.js";import"./chunk-CY2TDQIY.js";import"./chunk-AIF3AESJ.js";import"./chunk-WTFJ7JUB.js";import"./chunk-3I2MTANW.js";import"./chunk-FI3EK5M2.js";export{a as renderMarkdown};
