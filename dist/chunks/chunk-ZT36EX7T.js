const require=process.getBuiltinModule;
function firstOf(names,most=3){let more=names.length-most;return`${names.slice(0,most).join(", ")}${more>0?` and ${more} more`:""}`}export{firstOf};
