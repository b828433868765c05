const require=process.getBuiltinModule;
import{__commonJS,__require}from"./chunk-GUBIX7MQ.js";var require_promises=__commonJS({"required:node:timers/promises"(exports,module){module.exports=__require("node:timers/promises")}});export{require_promises};
