const require=process.getBuiltinModule;
var MetricsError=class extends Error{trouble;constructor(trouble,message,cause){super(message,{cause}),this.name="MetricsError",this.trouble=trouble}};export{MetricsError};
