const require=process.getBuiltinModule;
import{yamlWithoutCommands}from"./chunk-TEOGLKX4.js";import"./chunk-TJBUNGRT.js";import"./chunk-A7OGHYET.js";import"./chunk-GUBIX7MQ.js";export{yamlWithoutCommands};
