const require=process.getBuiltinModule;
import{require_node_os}from"./chunk-TWWOWUC7.js";import{require_promises}from"./chunk-LIAOF4J7.js";import{flow,paint,span,table}from"./chunk-G5EZANSA.js";import{require_node_path}from"./chunk-U6CPCR5G.js";import{logLines}from"./chunk-TJBUNGRT.js";import{__callDispose,__toESM,__using}from"./chunk-GUBIX7MQ.js";var import_promises2=__toESM(require_promises(),1),import_node_path2=__toESM(require_node_path(),1);var import_promises=__toESM(require_promises(),1),import_node_os=__toESM(require_node_os(),1),import_node_path=__toESM(require_node_path(),1);var gitConfig=`[user]
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
`;async function openPlace({signal,env,git:git2,kubeconfig,files:files2}){var _stack=[];try{let top=await(0,import_promises.realpath)(await(0,import_promises.mkdtemp)((0,import_node_path.join)((0,import_node_os.tmpdir)(),"stepgate-demo-")));let made=__using(_stack,new AsyncDisposableStack,!0);made.defer(()=>(0,import_promises.rm)(top,{recursive:!0,force:!0,maxRetries:10,retryDelay:50}));let[home,folder]=[(0,import_node_path.join)(top,"home"),(0,import_node_path.join)(top,"shop")];let own={PATH:env.PATH,TMPDIR:env.TMPDIR,HOME:home,KUBECONFIG:(0,import_node_path.join)(home,"kubeconfig"),GITHUB_ACTOR:"ada"};let inside=git2(folder,own);let run=async args=>(signal.throwIfAborted(),inside(args));let write=async({file,text})=>{await(0,import_promises.mkdir)((0,import_node_path.dirname)((0,import_node_path.join)(folder,file)),{recursive:!0}),await(0,import_promises.writeFile)((0,import_node_path.join)(folder,file),text)};await(0,import_promises.mkdir)(home);await(0,import_promises.writeFile)((0,import_node_path.join)(home,".gitconfig"),gitConfig);await(0,import_promises.writeFile)(own.KUBECONFIG,kubeconfig,{mode:384});for(let file of files2)await write(file);await run(["init","-q","--bare","../shop.git"]);await run(["init","-q"]);await run(["remote","add","origin","../shop.git"]);await run(["add","."]);await run(["commit","-qm","shop v1"]);await run(["push","-qu","origin","main"]);await run(["remote","set-head","origin","main"]);let owned=made.move();return{folder,env:own,git:run,write,[Symbol.asyncDispose]:()=>owned.disposeAsync()}}catch(_){var _error=_,_hasError=!0}finally{var _promise=__callDispose(_stack,_error,_hasError);_promise&&await _promise}}var config=`version: 1
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
`,deployment=tag=>`apiVersion: apps/v1
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
          image: shop:${tag}
          readinessProbe: { httpGet: { path: /, port: 80 } }
`,told=text=>({is:"told",text}),git=(...commands)=>({is:"git",commands}),stepgate=(exit,...args)=>({is:"stepgate",args,exit}),image=tag=>({is:"written",file:"deploy/shop.yaml",text:deployment(tag)}),push=subject=>git(["commit","-qam",subject],["push","-q"]),missing="broken",files=[{file:"stepgate.yaml",text:config},{file:"deploy/shop.yaml",text:deployment("v1")}],story=[told("The plan: one pod, half, all. Gates: an approval, then a 3-minute soak."),{is:"shown",file:"stepgate.yaml"},told("v1 is the first deploy: no earlier version, so it is not progressive."),stepgate(0,"deploy","--until","done"),told("v2 is deployed: one pod gets it, and the release waits for an approval."),image("v2"),push("shop v2"),stepgate(0,"deploy"),told("Ada has checked that pod, and approves the step."),stepgate(0,"promote","--step","one"),told("A minute later half of the pods have v2, and the soak is running."),{is:"passed",seconds:60},stepgate(0,"status"),told("The soak ends (three seconds here), and a tick advances the release."),stepgate(0,"tick","--until","done"),told("The image of v3 cannot be pulled: one pod fails, and the others serve v2."),image(missing),push("shop v3"),stepgate(1,"deploy"),told("Ada rolls back, first in the cluster, then in Git. The version v3 is held."),stepgate(0,"rollback","--reason","the image cannot be pulled"),told("Git has the revert, and names v2 again."),git(["pull","-q"],["log","--oneline"]),told("Somebody deploys v3 again: refused (exit code 4), and nothing is written."),stepgate(4,"deploy","--at","HEAD~1")];var SPEED=60;async function demo(terminal,parts){try{return await play(terminal,parts)}catch(error){if(terminal.signal.aborted)return 130;throw error}}async function play(terminal,parts){var _stack=[];try{let{signal,clock,isPersons}=terminal;let began=clock.now();let cluster=__using(_stack,await parts.startCluster(SPEED),!0);let place=__using(_stack,await openPlace({...terminal,git:parts.git,kubeconfig:cluster.kubeconfig,files}),!0);let[out,err]=[until(signal,terminal.out),until(signal,terminal.err)];let{folder,env}=place;let inside={folder,env,signal,clock:cluster.clock,out,err,isPersons};introduce(out,place.folder);for(let act of story)if((signal.aborted?130:await perform(act))===130)return 130;let seconds=Math.round((clock.now().getTime()-began.getTime())/1e3);tell(out,`Done in ${seconds} s; every file is removed. The README shows the steps for your own cluster.`);return 0;async function perform(act){switch(act.is){case"told":return tell(out,act.text),0;case"shown":return type(out,["cat",act.file]),out.write(await(0,import_promises2.readFile)((0,import_node_path2.join)(place.folder,act.file),"utf8")),0;case"written":return await place.write(act),0;case"passed":return await cluster.clock.sleep(act.seconds*1e3,signal),0;case"git":type(out,...act.commands.map(args=>["git",...args]));for(let args of act.commands)print(out,await place.git(args));return 0;case"stepgate":{type(out,["stepgate",...act.args]);let code=await parts.execute(act.args,inside);if(code===act.exit||code===130)return code;throw new Error(`stepgate ${act.args.join(" ")} ended with exit code ${code}, not ${act.exit}`)}}}}catch(_){var _error=_,_hasError=!0}finally{var _promise=__callDispose(_stack,_error,_hasError);_promise&&await _promise}}function until(signal,screen){return{...screen,write(text){signal.aborted||screen.write(text)}}}function introduce(out,folder){let{color,width}=out.canvas(),rows=[["cluster","in this process, with a model of Kruise Rollouts"],["repository",folder],["time",`${SPEED} times as fast: a minute takes a second`],["commands","executed as shown, by the code of the CLI"]],lines=[[span("stepgate demo","strong"),span(": three releases of a shop; your files and clusters are not used")],...table(rows.map(([name="",text=""])=>[span(`  ${name}`,"dim"),span(text)]))];for(let line of lines.flatMap(one=>flow(one,width,14)))out.write(`${paint(line,color)}
`)}function tell(out,text){let{width,color,unicode}=out.canvas(),lines=flow([span(unicode?"\u2500\u2500 ":"-- ","busy"),span(text,"strong")],width,3);out.write(`
${lines.map(line=>`${paint(line,color)}
`).join("")}`)}function type(out,...commands){let text=commands.map(words=>words.map(quoted).join(" ")).join(" && ");out.write(`${paint([span("$ ","dim"),span(text,"busy")],out.canvas().color)}
`)}function quoted(word){return/^[\w@%+=:,./~-]+$/.test(word)?word:`'${word.replaceAll("'","'\\''")}'`}function print(out,text){text!==""&&out.write(`${logLines(text.trimEnd()).join(`
`)}
`)}export{demo};
