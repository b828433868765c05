const require=process.getBuiltinModule;
function recordKinds({all}){let kinds=all.map(({kinds:{record}})=>[`${record.apiVersion}/${record.kind}`,record]);return[...new Map(kinds).values()]}export{recordKinds};
