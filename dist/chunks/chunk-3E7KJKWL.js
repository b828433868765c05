import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a as l}from"./chunk-WWZSUJCZ.js";var n=new WeakMap;function t(e,r){return n.set(e,r),e}l(t,"rememberPlaces");function a(e,r){return n.get(e)?.(r)??null}l(a,"placeOf");export{t as a,a as b};
