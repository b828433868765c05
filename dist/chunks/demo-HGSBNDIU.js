import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);
import{a as f,b as E,g as D,j as R}from"./chunk-Q5BJFCUI.js";import{d as q}from"./chunk-QKIWLZ7F.js";import{a as o,e as x,f as P}from"./chunk-WWZSUJCZ.js";import{readFile as ee}from"node:fs/promises";import{join as te}from"node:path";import{mkdir as j,mkdtemp as V,realpath as _,rm as z,writeFile as G}from"node:fs/promises";import{tmpdir as J}from"node:os";import{dirname as Q,join as h}from"node:path";var X=`[user]
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
`;async function I({signal:e,env:t,git:n,kubeconfig:l,files:u}){var k=[];try{let p=await _(await V(h(J(),"stepgate-demo-")));let a=x(k,new AsyncDisposableStack,!0);a.defer(()=>z(p,{recursive:!0,force:!0,maxRetries:10,retryDelay:50}));let[i,s]=[h(p,"home"),h(p,"shop")];let w={PATH:t.PATH,TMPDIR:t.TMPDIR,HOME:i,KUBECONFIG:h(i,"kubeconfig"),GITHUB_ACTOR:"ada"};let C=n(s,w);let d=o(async m=>(e.throwIfAborted(),C(m)),"run");let b=o(async({file:m,text:r})=>{await j(Q(h(s,m)),{recursive:!0}),await G(h(s,m),r)},"write");await j(i);await G(h(i,".gitconfig"),X);await G(w.KUBECONFIG,l,{mode:384});for(let m of u)await b(m);await d(["init","-q","--bare","../shop.git"]);await d(["init","-q"]);await d(["remote","add","origin","../shop.git"]);await d(["add","."]);await d(["commit","-qm","shop v1"]);await d(["push","-qu","origin","main"]);await d(["remote","set-head","origin","main"]);let T=a.move();return{folder:s,env:w,git:d,write:b,[Symbol.asyncDispose]:()=>T.disposeAsync()}}catch(v){var $=v,S=!0}finally{var A=P(k,$,S);A&&await A}}o(I,"openPlace");var Y=`version: 1
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
`,L=o(e=>`apiVersion: apps/v1
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
`,"deployment"),c=o(e=>({is:"told",text:e}),"told"),B=o((...e)=>({is:"git",commands:e}),"git"),y=o((e,...t)=>({is:"stepgate",args:t,exit:e}),"stepgate"),M=o(e=>({is:"written",file:"deploy/shop.yaml",text:L(e)}),"image"),H=o(e=>B(["commit","-qam",e],["push","-q"]),"push"),Z="broken",O=[{file:"stepgate.yaml",text:Y},{file:"deploy/shop.yaml",text:L("v1")}],K=[c("The plan: one pod, half, all. Gates: an approval, then a 3-minute soak."),{is:"shown",file:"stepgate.yaml"},c("v1 is the first deploy: no earlier version, so it is not progressive."),y(0,"deploy","--until","done"),c("v2 is deployed: one pod gets it, and the release waits for an approval."),M("v2"),H("shop v2"),y(0,"deploy"),c("Ada has checked that pod, and approves the step."),y(0,"promote","--step","one"),c("A minute later half of the pods have v2, and the soak is running."),{is:"passed",seconds:60},y(0,"status"),c("The soak ends (three seconds here), and a tick advances the release."),y(0,"tick","--until","done"),c("The image of v3 cannot be pulled: one pod fails, and the others serve v2."),M(Z),H("shop v3"),y(1,"deploy"),c("Ada rolls back, first in the cluster, then in Git. The version v3 is held."),y(0,"rollback","--reason","the image cannot be pulled"),c("Git has the revert, and names v2 again."),B(["pull","-q"],["log","--oneline"]),c("Somebody deploys v3 again: refused (exit code 4), and nothing is written."),y(4,"deploy","--at","HEAD~1")];var W=60;async function ve(e,t){try{return await oe(e,t)}catch(n){if(e.signal.aborted)return 130;throw n}}o(ve,"demo");async function oe(e,t){var v=[];try{let{signal:n,clock:l,isPersons:u}=e;let p=l.now();let a=x(v,await t.startCluster(W),!0);let i=x(v,await I({...e,git:t.git,kubeconfig:a.kubeconfig,files:O}),!0);let[s,w]=[U(n,e.out),U(n,e.err)];let{folder:C,env:d}=i;let b={folder:C,env:d,signal:n,clock:a.clock,out:s,err:w,isPersons:u};ne(s,i.folder);for(let r of K)if((n.aborted?130:await k(r))===130)return 130;let T=Math.round((l.now().getTime()-p.getTime())/1e3);N(s,`Done in ${T} s; every file is removed. The README shows the steps for your own cluster.`);return 0;async function k(r){switch(r.is){case"told":return N(s,r.text),0;case"shown":return F(s,["cat",r.file]),s.write(await ee(te(i.folder,r.file),"utf8")),0;case"written":return await i.write(r),0;case"passed":return await a.clock.sleep(r.seconds*1e3,n),0;case"git":F(s,...r.commands.map(g=>["git",...g]));for(let g of r.commands)ie(s,await i.git(g));return 0;case"stepgate":{F(s,["stepgate",...r.args]);let g=await t.execute(r.args,b);if(g===r.exit||g===130)return g;throw new Error(`stepgate ${r.args.join(" ")} ended with exit code ${g}, not ${r.exit}`)}}}o(k,"perform")}catch($){var S=$,A=!0}finally{var m=P(v,S,A);m&&await m}}o(oe,"play");function U(e,t){return{...t,write(n){e.aborted||t.write(n)}}}o(U,"until");function ne(e,t){let{color:n,width:l}=e.canvas(),u=[["cluster","in this process, with a model of Kruise Rollouts"],["repository",t],["time",`${W} times as fast: a minute takes a second`],["commands","executed as shown, by the code of the CLI"]],p=[[f("stepgate demo","strong"),f(": three releases of a shop; your files and clusters are not used")],...R(u.map(([a="",i=""])=>[f(`  ${a}`,"dim"),f(i)]))];for(let a of p.flatMap(i=>D(i,l,14)))e.write(`${E(a,n)}
`)}o(ne,"introduce");function N(e,t){let{width:n,color:l,unicode:u}=e.canvas(),p=D([f(u?"\u2500\u2500 ":"-- ","busy"),f(t,"strong")],n,3);e.write(`
${p.map(a=>`${E(a,l)}
`).join("")}`)}o(N,"tell");function F(e,...t){let n=t.map(l=>l.map(re).join(" ")).join(" && ");e.write(`${E([f("$ ","dim"),f(n,"busy")],e.canvas().color)}
`)}o(F,"type");function re(e){return/^[\w@%+=:,./~-]+$/.test(e)?e:`'${e.replaceAll("'","'\\''")}'`}o(re,"quoted");function ie(e,t){t!==""&&e.write(`${q(t.trimEnd()).join(`
`)}
`)}o(ie,"print");export{ve as demo};
