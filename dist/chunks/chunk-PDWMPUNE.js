const require=process.getBuiltinModule;
var found=new WeakMap;function rememberPlaces(delivery,find){return found.set(delivery,find),delivery}function withSamePlaces(made,delivery){let find=found.get(delivery);return find===void 0?made:rememberPlaces(made,find)}function placeOf(delivery,key){return found.get(delivery)?.(key)??null}export{rememberPlaces,withSamePlaces,placeOf};
