const require=process.getBuiltinModule;
import{a as e}from"./chunk-FI3EK5M2.js";var r=class extends Error{static{e(this,"MetricsError")}trouble;constructor(n,t,a){super(t,{cause:a}),this.name="MetricsError",this.trouble=n}};export{r as a};
