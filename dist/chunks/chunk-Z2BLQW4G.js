import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a as e}from"./chunk-WWZSUJCZ.js";var r=class extends Error{static{e(this,"MetricsError")}trouble;constructor(n,t,a){super(t,{cause:a}),this.name="MetricsError",this.trouble=n}};export{r as a};
