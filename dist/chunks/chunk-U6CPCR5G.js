const require=process.getBuiltinModule;
import{__commonJS,__require}from"./chunk-GUBIX7MQ.js";var require_node_path=__commonJS({"required:node:path"(exports,module){module.exports=__require("node:path")}});export{require_node_path};
