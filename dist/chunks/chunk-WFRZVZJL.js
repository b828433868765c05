const require=process.getBuiltinModule;
import{__commonJS,__require}from"./chunk-GUBIX7MQ.js";var require_node_https=__commonJS({"required:node:https"(exports,module){module.exports=__require("node:https")}});var require_node_net=__commonJS({"required:node:net"(exports,module){module.exports=__require("node:net")}});export{require_node_https,require_node_net};
