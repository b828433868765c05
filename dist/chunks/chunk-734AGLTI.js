const require=process.getBuiltinModule;
import{__commonJS,__require}from"./chunk-GUBIX7MQ.js";var require_node_crypto=__commonJS({"required:node:crypto"(exports,module){module.exports=__require("node:crypto")}});export{require_node_crypto};
