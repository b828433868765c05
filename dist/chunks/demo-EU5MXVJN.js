const require=process.getBuiltinModule;
import{a as X}from"./chunk-UQRY7RMP.js";import{a as M}from"./chunk-OFW7IHIT.js";import{a as u,b as T,g as F,j as I}from"./chunk-WTFJ7JUB.js";import{a as R}from"./chunk-R2N7VROC.js";import{d as j}from"./chunk-3I2MTANW.js";import{a as o,d as b,e as k,f as C}from"./chunk-FI3EK5M2.js";var z=b(M(),1),J=b(R(),1);var a=b(M(),1),H=b(X(),1),p=b(R(),1);var Y=`[user]
  name = Ada
  email = ada@example.com
[init]
  defaultBranch = main
[commit]
  gpgSign = false
[core]
  autocrlf = false
  abbrev = 7
[pull]
  ff = only
[push]
  default = simple
`;async function L({signal:e,env:t,git:n,kubeconfig:d,files:w}){var P=[];try{let g=await(0,a.realpath)(await(0,a.mkdtemp)((0,p.join)((0,H.tmpdir)(),"stepgate-demo-")));let l=k(P,new AsyncDisposableStack,!0);l.defer(()=>(0,a.rm)(g,{recursive:!0,force:!0,maxRetries:10,retryDelay:50}));let[i,s]=[(0,p.join)(g,"home"),(0,p.join)(g,"shop")];let v={PATH:t.PATH,TMPDIR:t.TMPDIR,HOME:i,KUBECONFIG:(0,p.join)(i,"kubeconfig"),GITHUB_ACTOR:"ada"};let $=n(s,v);let c=o(async f=>(e.throwIfAborted(),$(f)),"run");let A=o(async({file:f,text:r})=>{await(0,a.mkdir)((0,p.dirname)((0,p.join)(s,f)),{recursive:!0}),await(0,a.writeFile)((0,p.join)(s,f),r)},"write");await(0,a.mkdir)(i);await(0,a.writeFile)((0,p.join)(i,".gitconfig"),Y);await(0,a.writeFile)(v.KUBECONFIG,d,{mode:384});for(let f of w)await A(f);await c(["init","-q","--bare","../shop.git"]);await c(["init","-q"]);await c(["remote","add","origin","../shop.git"]);await c(["add","."]);await c(["commit","-qm","shop v1"]);await c(["push","-qu","origin","main"]);await c(["remote","set-head","origin","main"]);let S=l.move();return{folder:s,env:v,git:c,write:A,[Symbol.asyncDispose]:()=>S.disposeAsync()}}catch(x){var D=x,G=!0}finally{var E=C(P,D,G);E&&await E}}o(L,"openPlace");var Z=`version: 1
deliveries:
  - delivery: shop
    namespace: default
    workload: { kind: Deployment, name: shop }
    source: { files: [deploy/*.yaml] }
    strategy: partition
    steps:
      - { name: one, replicas: 1, leaveWhen: [approval] }
      - { name: half, replicas: 50%, leaveWhen: [{ soak: 3m }] }
      - { name: all, replicas: 100% }
`,K=o(e=>`apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 8
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers:
        - name: shop
          image: shop:${e}
          readinessProbe: { httpGet: { path: /, port: 80 } }
`,"deployment"),m=o(e=>({is:"told",text:e}),"told"),U=o((...e)=>({is:"git",commands:e}),"git"),h=o((e,...t)=>({is:"stepgate",args:t,exit:e}),"stepgate"),B=o(e=>({is:"written",file:"deploy/shop.yaml",text:K(e)}),"image"),O=o(e=>U(["commit","-qam",e],["push","-q"]),"push"),ee="broken",N=[{file:"stepgate.yaml",text:Z},{file:"deploy/shop.yaml",text:K("v1")}],W=[m("The plan: one pod, half, all. Gates: an approval, then a 3-minute soak."),{is:"shown",file:"stepgate.yaml"},m("v1 is the first deploy: no earlier version, so it is not progressive."),h(0,"deploy","--until","done"),m("v2 is deployed: one pod gets it, and the release waits for an approval."),B("v2"),O("shop v2"),h(0,"deploy"),m("Ada has checked that pod, and approves the step."),h(0,"promote","--step","one"),m("A minute later half of the pods have v2, and the soak is running."),{is:"passed",seconds:60},h(0,"status"),m("The soak ends (three seconds here), and a tick advances the release."),h(0,"tick","--until","done"),m("The image of v3 cannot be pulled: one pod fails, and the others serve v2."),B(ee),O("shop v3"),h(1,"deploy"),m("Ada rolls back, first in the cluster, then in Git. The version v3 is held."),h(0,"rollback","--reason","the image cannot be pulled"),m("Git has the revert, and names v2 again."),U(["pull","-q"],["log","--oneline"]),m("Somebody deploys v3 again: refused (exit code 4), and nothing is written."),h(4,"deploy","--at","HEAD~1")];var Q=60;async function ge(e,t){try{return await te(e,t)}catch(n){if(e.signal.aborted)return 130;throw n}}o(ge,"demo");async function te(e,t){var x=[];try{let{signal:n,clock:d,isPersons:w}=e;let g=d.now();let l=k(x,await t.startCluster(Q),!0);let i=k(x,await L({...e,git:t.git,kubeconfig:l.kubeconfig,files:N}),!0);let[s,v]=[V(n,e.out),V(n,e.err)];let{folder:$,env:c}=i;let A={folder:$,env:c,signal:n,clock:l.clock,out:s,err:v,isPersons:w};oe(s,i.folder);for(let r of W)if((n.aborted?130:await P(r))===130)return 130;let S=Math.round((d.now().getTime()-g.getTime())/1e3);_(s,`Done in ${S} s; every file is removed. The README shows the steps for your own cluster.`);return 0;async function P(r){switch(r.is){case"told":return _(s,r.text),0;case"shown":return q(s,["cat",r.file]),s.write(await(0,z.readFile)((0,J.join)(i.folder,r.file),"utf8")),0;case"written":return await i.write(r),0;case"passed":return await l.clock.sleep(r.seconds*1e3,n),0;case"git":q(s,...r.commands.map(y=>["git",...y]));for(let y of r.commands)re(s,await i.git(y));return 0;case"stepgate":{q(s,["stepgate",...r.args]);let y=await t.execute(r.args,A);if(y===r.exit||y===130)return y;throw new Error(`stepgate ${r.args.join(" ")} ended with exit code ${y}, not ${r.exit}`)}}}o(P,"perform")}catch(D){var G=D,E=!0}finally{var f=C(x,G,E);f&&await f}}o(te,"play");function V(e,t){return{...t,write(n){e.aborted||t.write(n)}}}o(V,"until");function oe(e,t){let{color:n,width:d}=e.canvas(),w=[["cluster","in this process, with a model of Kruise Rollouts"],["repository",t],["time",`${Q} times as fast: a minute takes a second`],["commands","executed as shown, by the code of the CLI"]],g=[[u("stepgate demo","strong"),u(": three releases of a shop; your files and clusters are not used")],...I(w.map(([l="",i=""])=>[u(`  ${l}`,"dim"),u(i)]))];for(let l of g.flatMap(i=>F(i,d,14)))e.write(`${T(l,n)}
`)}o(oe,"introduce");function _(e,t){let{width:n,color:d,unicode:w}=e.canvas(),g=F([u(w?"\u2500\u2500 ":"-- ","busy"),u(t,"strong")],n,3);e.write(`
${g.map(l=>`${T(l,d)}
`).join("")}`)}o(_,"tell");function q(e,...t){let n=t.map(d=>d.map(ne).join(" ")).join(" && ");e.write(`${T([u("$ ","dim"),u(n,"busy")],e.canvas().color)}
`)}o(q,"type");function ne(e){return/^[\w@%+=:,./~-]+$/.test(e)?e:`'${e.replaceAll("'","'\\''")}'`}o(ne,"quoted");function re(e,t){t!==""&&e.write(`${j(t.trimEnd()).join(`
`)}
`)}o(re,"print");export{ge as demo};
