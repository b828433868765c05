const require=process.getBuiltinModule;
import{__commonJS,__require}from"./chunk-GUBIX7MQ.js";var require_promises=__commonJS({"required:node:fs/promises"(exports,module){module.exports=__require("node:fs/promises")}});export{require_promises};
