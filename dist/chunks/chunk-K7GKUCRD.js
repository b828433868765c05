const require=process.getBuiltinModule;
import{__commonJS,__require}from"./chunk-GUBIX7MQ.js";var require_node_fs=__commonJS({"required:node:fs"(exports,module){module.exports=__require("node:fs")}});export{require_node_fs};
