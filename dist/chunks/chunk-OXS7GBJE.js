const require=process.getBuiltinModule;
import{a as n}from"./chunk-FI3EK5M2.js";var l=new WeakMap;function i(e,r){return l.set(e,r),e}n(i,"rememberPlaces");function o(e,r){let t=l.get(r);return t===void 0?e:i(e,t)}n(o,"withSamePlaces");function a(e,r){return l.get(e)?.(r)??null}n(a,"placeOf");export{i as a,o as b,a as c};
