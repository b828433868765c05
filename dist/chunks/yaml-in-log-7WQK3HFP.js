const require=process.getBuiltinModule;
import{a}from"./chunk-R5C7DZEW.js";import"./chunk-3I2MTANW.js";import"./chunk-Y3UENBK2.js";import"./chunk-FI3EK5M2.js";export{a as yamlWithoutCommands};
