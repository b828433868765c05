const require=process.getBuiltinModule;
var tooOld=Number(process.versions.node.split(".")[0])>=24?"":`stepgate needs Node 24 or newer; this is ${process.version}`;export{tooOld};
