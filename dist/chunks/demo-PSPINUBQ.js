import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a as m,b as E,g as $,j as F}from"./chunk-Q5BJFCUI.js";import{d as G}from"./chunk-QKIWLZ7F.js";import{a as o,e as x,f as A}from"./chunk-WWZSUJCZ.js";import{readFile as Z}from"node:fs/promises";import{join as ee}from"node:path";import{mkdir as q,mkdtemp as W,realpath as V,rm as _,writeFile as S}from"node:fs/promises";import{tmpdir as z}from"node:os";import{dirname as J,join as y}from"node:path";var Q=`[user]
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
`;async function R({signal:e,env:t,git:r,kubeconfig:d,files:f}){var b=[];try{let l=await V(await W(y(z(),"stepgate-demo-")));let s=x(b,new AsyncDisposableStack,!0);s.defer(()=>_(l,{recursive:!0,force:!0,maxRetries:10,retryDelay:50}));let[n,u]=[y(l,"home"),y(l,"shop")];let v={PATH:t.PATH,TMPDIR:t.TMPDIR,HOME:n,KUBECONFIG:y(n,"kubeconfig"),GITHUB_ACTOR:"ada"};let P=r(u,v);let c=o(async w=>(e.throwIfAborted(),P(w)),"run");let h=o(async({file:w,text:N})=>{await q(J(y(u,w)),{recursive:!0}),await S(y(u,w),N)},"write");await q(n);await S(y(n,".gitconfig"),Q);await S(v.KUBECONFIG,d,{mode:384});for(let w of f)await h(w);await c(["init","-q","--bare","../shop.git"]);await c(["init","-q"]);await c(["remote","add","origin","../shop.git"]);await c(["add","."]);await c(["commit","-qm","shop v1"]);await c(["push","-qu","origin","main"]);await c(["remote","set-head","origin","main"]);let C=s.move();return{folder:u,env:v,git:c,write:h,[Symbol.asyncDispose]:()=>C.disposeAsync()}}catch(T){var k=T,i=!0}finally{var a=A(b,k,i);a&&await a}}o(R,"openPlace");var X=`version: 1
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
`,M=o(e=>`apiVersion: apps/v1
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
`,"deployment"),p=o(e=>({is:"told",text:e}),"told"),H=o((...e)=>({is:"git",commands:e}),"git"),g=o((e,...t)=>({is:"stepgate",args:t,exit:e}),"stepgate"),j=o(e=>({is:"written",file:"deploy/shop.yaml",text:M(e)}),"image"),I=o(e=>H(["commit","-qam",e],["push","-q"]),"push"),Y="broken",L=[{file:"stepgate.yaml",text:X},{file:"deploy/shop.yaml",text:M("v1")}],B=[p("The plan: one pod, half, all. Gates: an approval, then a 3-minute soak."),{is:"shown",file:"stepgate.yaml"},p("v1 is the first deploy: no earlier version, so it is not progressive."),g(0,"deploy","--until","done"),p("v2 is deployed: one pod gets it, and the release waits for an approval."),j("v2"),I("shop v2"),g(0,"deploy"),p("Ada has checked that pod, and approves the step."),g(0,"promote","--step","one"),p("A minute later half of the pods have v2, and the soak is running."),{is:"passed",seconds:60},g(0,"status"),p("The soak ends (three seconds here), and a tick advances the release."),g(0,"tick","--until","done"),p("The image of v3 cannot be pulled: one pod fails, and the others serve v2."),j(Y),I("shop v3"),g(1,"deploy"),p("Ada rolls back, first in the cluster, then in Git. The version v3 is held."),g(0,"rollback","--reason","the image cannot be pulled"),p("Git has the revert, and names v2 again."),H(["pull","-q"],["log","--oneline"]),p("Somebody deploys v3 again: refused (exit code 4), and nothing is written."),g(4,"deploy","--at","HEAD~1")];var U=60;async function we(e,t){try{return await te(e,t)}catch(r){if(e.signal.aborted)return 130;throw r}}o(we,"demo");async function te(e,t){var h=[];try{let{signal:r,clock:d}=e;let f=d.now();let l=x(h,await t.startCluster(U),!0);let s=x(h,await R({...e,git:t.git,kubeconfig:l.kubeconfig,files:L}),!0);let[n,u]=[O(r,e.out),O(r,e.err)];let v={folder:s.folder,env:s.env,signal:r,clock:l.clock,out:n,err:u};oe(n,s.folder);for(let i of B)if((r.aborted?130:await c(i))===130)return 130;let P=Math.round((d.now().getTime()-f.getTime())/1e3);K(n,`Done in ${P} s; every file is removed. The README shows the steps for your own cluster.`);return 0;async function c(i){switch(i.is){case"told":return K(n,i.text),0;case"shown":return D(n,["cat",i.file]),n.write(await Z(ee(s.folder,i.file),"utf8")),0;case"written":return await s.write(i),0;case"passed":return await l.clock.sleep(i.seconds*1e3,r),0;case"git":D(n,...i.commands.map(a=>["git",...a]));for(let a of i.commands)re(n,await s.git(a));return 0;case"stepgate":{D(n,["stepgate",...i.args]);let a=await t.execute(i.args,v);if(a===i.exit||a===130)return a;throw new Error(`stepgate ${i.args.join(" ")} ended with exit code ${a}, not ${i.exit}`)}}}o(c,"perform")}catch(C){var b=C,T=!0}finally{var k=A(h,b,T);k&&await k}}o(te,"play");function O(e,t){return{...t,write(r){e.aborted||t.write(r)}}}o(O,"until");function oe(e,t){let{color:r,width:d}=e.canvas(),f=[["cluster","in this process, with a model of Kruise Rollouts"],["repository",t],["time",`${U} times as fast: a minute takes a second`],["commands","executed as shown, by the code of the CLI"]],l=[[m("stepgate demo","strong"),m(": three releases of a shop; your files and clusters are not used")],...F(f.map(([s="",n=""])=>[m(`  ${s}`,"dim"),m(n)]))];for(let s of l.flatMap(n=>$(n,d,14)))e.write(`${E(s,r)}
`)}o(oe,"introduce");function K(e,t){let{width:r,color:d,unicode:f}=e.canvas(),l=$([m(f?"\u2500\u2500 ":"-- ","busy"),m(t,"strong")],r,3);e.write(`
${l.map(s=>`${E(s,d)}
`).join("")}`)}o(K,"tell");function D(e,...t){let r=t.map(d=>d.map(ne).join(" ")).join(" && ");e.write(`${E([m("$ ","dim"),m(r,"busy")],e.canvas().color)}
`)}o(D,"type");function ne(e){return/^[\w@%+=:,./~-]+$/.test(e)?e:`'${e.replaceAll("'","'\\''")}'`}o(ne,"quoted");function re(e,t){t!==""&&e.write(`${G(t.trimEnd()).join(`
`)}
`)}o(re,"print");export{we as demo};
