const require=process.getBuiltinModule;
import{__commonJS,__require}from"./chunk-GUBIX7MQ.js";var require_node_http=__commonJS({"required:node:http"(exports,module){module.exports=__require("node:http")}});export{require_node_http};
