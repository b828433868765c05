import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
var e=Number(process.versions.node.split(".")[0])>=24?"":`stepgate needs Node 24 or newer; this is ${process.version}`;export{e as a};
