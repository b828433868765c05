import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a as m,b as E,g as $,j as G}from"./chunk-CCK3YWXE.js";import{d as F}from"./chunk-QX2KHIQG.js";import{a as o,e as x,f as A}from"./chunk-WWZSUJCZ.js";import{readFile as Z}from"node:fs/promises";import{join as ee}from"node:path";import{mkdir as q,mkdtemp as W,realpath as V,rm as _,writeFile as S}from"node:fs/promises";import{tmpdir as z}from"node:os";import{dirname as J,join as f}from"node:path";var Q=`[user]
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
`;async function R({signal:e,env:t,git:i,kubeconfig:d,files:y}){var b=[];try{let l=await V(await W(f(z(),"stepgate-demo-")));let s=x(b,new AsyncDisposableStack,!0);s.defer(()=>_(l,{recursive:!0,force:!0,maxRetries:10,retryDelay:50}));let[n,u]=[f(l,"home"),f(l,"shop")];let v={PATH:t.PATH,TMPDIR:t.TMPDIR,HOME:n,KUBECONFIG:f(n,"kubeconfig"),GITHUB_ACTOR:"ada"};let P=i(u,v);let c=o(async w=>(e.throwIfAborted(),P(w)),"run");let h=o(async({file:w,text:N})=>{await q(J(f(u,w)),{recursive:!0}),await S(f(u,w),N)},"write");await q(n);await S(f(n,".gitconfig"),Q);await S(v.KUBECONFIG,d,{mode:384});for(let w of y)await h(w);await c(["init","-q","--bare","../shop.git"]);await c(["init","-q"]);await c(["remote","add","origin","../shop.git"]);await c(["add","."]);await c(["commit","-qm","shop v1"]);await c(["push","-qu","origin","main"]);await c(["remote","set-head","origin","main"]);let C=s.move();return{folder:u,env:v,git:c,write:h,[Symbol.asyncDispose]:()=>C.disposeAsync()}}catch(T){var k=T,r=!0}finally{var a=A(b,k,r);a&&await a}}o(R,"openPlace");var X=`version: 1
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
`,"deployment"),p=o(e=>({is:"told",text:e}),"told"),H=o((...e)=>({is:"git",commands:e}),"git"),g=o((e,...t)=>({is:"stepgate",args:t,exit:e}),"stepgate"),j=o(e=>({is:"written",file:"deploy/shop.yaml",text:M(e)}),"image"),I=o(e=>H(["commit","-qam",e],["push","-q"]),"push"),Y="broken",O=[{file:"stepgate.yaml",text:X},{file:"deploy/shop.yaml",text:M("v1")}],B=[p("One pod first, then half, then all; a person and three minutes in between."),{is:"shown",file:"stepgate.yaml"},p("v1: a first deploy has nothing to go back to, so it goes out whole."),g(0,"deploy","--until","done"),p("v2 is deployed: one pod gets it, and the release waits for a person."),j("v2"),I("shop v2"),g(0,"deploy"),p("Ada has looked at that pod, and lets the release go on."),g(0,"promote","--step","one"),p("A minute later half of the pods have it, and the three minutes are running."),{is:"passed",seconds:60},g(0,"status"),p("They pass (three seconds here), and a scheduled tick takes the rest along."),g(0,"tick","--until","done"),p("v3 cannot be pulled: one pod finds out, the deploy fails, the rest serve v2."),j(Y),I("shop v3"),g(1,"deploy"),p("Ada takes it back, in the cluster and then in Git; the version is held."),g(0,"rollback","--reason","the image cannot be pulled"),p("Git says again what runs."),H(["pull","-q"],["log","--oneline"]),p("Somebody deploys v3 once more: refused (exit code 4), nothing is written."),g(4,"deploy","--at","HEAD~1")];var U=60;async function we(e,t){try{return await te(e,t)}catch(i){if(e.signal.aborted)return 130;throw i}}o(we,"demo");async function te(e,t){var h=[];try{let{signal:i,clock:d}=e;let y=d.now();let l=x(h,await t.startCluster(U),!0);let s=x(h,await R({...e,git:t.git,kubeconfig:l.kubeconfig,files:O}),!0);let[n,u]=[L(i,e.out),L(i,e.err)];let v={folder:s.folder,env:s.env,signal:i,clock:l.clock,out:n,err:u};oe(n,s.folder);for(let r of B)if((i.aborted?130:await c(r))===130)return 130;let P=Math.round((d.now().getTime()-y.getTime())/1e3);K(n,`Done in ${P} s; nothing of it is left. The README leads to your own cluster.`);return 0;async function c(r){switch(r.is){case"told":return K(n,r.text),0;case"shown":return D(n,["cat",r.file]),n.write(await Z(ee(s.folder,r.file),"utf8")),0;case"written":return await s.write(r),0;case"passed":return await l.clock.sleep(r.seconds*1e3,i),0;case"git":D(n,...r.commands.map(a=>["git",...a]));for(let a of r.commands)ie(n,await s.git(a));return 0;case"stepgate":{D(n,["stepgate",...r.args]);let a=await t.execute(r.args,v);if(a===r.exit||a===130)return a;throw new Error(`stepgate ${r.args.join(" ")} ended with exit code ${a}, not ${r.exit}`)}}}o(c,"perform")}catch(C){var b=C,T=!0}finally{var k=A(h,b,T);k&&await k}}o(te,"play");function L(e,t){return{...t,write(i){e.aborted||t.write(i)}}}o(L,"until");function oe(e,t){let{color:i,width:d}=e.canvas(),y=[["cluster","in this process, with a model of Kruise Rollouts in it"],["repository",t],["time",`${U} times as fast: a minute takes a second`],["commands","executed as they stand, by the code that executes yours"]],l=[[m("stepgate demo","strong"),m(": three releases of a shop; nothing of yours is touched")],...G(y.map(([s="",n=""])=>[m(`  ${s}`,"dim"),m(n)]))];for(let s of l.flatMap(n=>$(n,d,14)))e.write(`${E(s,i)}
`)}o(oe,"introduce");function K(e,t){let{width:i,color:d,unicode:y}=e.canvas(),l=$([m(y?"\u2500\u2500 ":"-- ","busy"),m(t,"strong")],i,3);e.write(`
${l.map(s=>`${E(s,d)}
`).join("")}`)}o(K,"tell");function D(e,...t){let i=t.map(d=>d.map(ne).join(" ")).join(" && ");e.write(`${E([m("$ ","dim"),m(i,"busy")],e.canvas().color)}
`)}o(D,"type");function ne(e){return/^[\w@%+=:,./~-]+$/.test(e)?e:`'${e.replaceAll("'","'\\''")}'`}o(ne,"quoted");function ie(e,t){t!==""&&e.write(`${F(t.trimEnd()).join(`
`)}
`)}o(ie,"print");export{we as demo};
