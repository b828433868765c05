import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a as e}from"./chunk-WWZSUJCZ.js";var r=class extends Error{static{e(this,"ClusterError")}status;reason;conflicts;constructor(n,t,o,i=[]){super(o),this.name="ClusterError",this.status=n,this.reason=t,this.conflicts=i}};export{r as a};
