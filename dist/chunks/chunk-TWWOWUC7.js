const require=process.getBuiltinModule;
import{__commonJS,__require}from"./chunk-GUBIX7MQ.js";var require_node_os=__commonJS({"required:node:os"(exports,module){module.exports=__require("node:os")}});export{require_node_os};
