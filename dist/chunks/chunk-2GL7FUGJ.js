const require=process.getBuiltinModule;
import{barSvg,markSvg,marksIn,markup,nothing,ours,pictureStyle,prose}from"./chunk-WSPSASUH.js";import{dayAndTime,toneOf,whose,worstFindings}from"./chunk-W3SLNTLP.js";import{formatPlace}from"./chunk-EBIZXB2O.js";import{require_node_crypto}from"./chunk-734AGLTI.js";import{__toESM}from"./chunk-GUBIX7MQ.js";var import_node_crypto=__toESM(require_node_crypto(),1);var pageStyle=`* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1rem; background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 0 0 .5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
p { margin: .25rem 0; }
ul, ol { margin: .25rem 0; padding-left: 1.25rem; }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
a { color: var(--busy); }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--busy); outline-offset: 2px; }
.dim, .note, time { color: var(--dim); }
.good { color: var(--good); }
.busy { color: var(--busy); }
.wait { color: var(--wait); }
.bad { color: var(--bad); }
.sign { display: inline-block; min-width: 1em; }
article, .glance { border: 1px solid var(--edge); border-radius: .5rem; margin: 1rem 0; padding: 1rem; }
.glance { list-style: none; padding: 0; }
.glance li { padding: .6rem 1rem; }
.glance li + li { border-top: 1px solid var(--edge); }
.glance a { font-weight: 600; }
@media (min-width: 48rem) { .glance li { display: grid; gap: 1rem; grid-template-columns: 1fr 1fr; } }
.box { border-left: 4px solid; background: var(--soft); margin: .75rem 0; padding: .5rem .75rem; }
.box p, .box li { color: var(--text); }
.next { background: var(--soft); border-radius: .375rem; padding: .5rem .75rem; }
.chart, .list, .timeline { list-style: none; padding: 0; }
.chart.pods { display: grid; gap: .75rem 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
.chart.time li { margin: .5rem 0; }
.chart .strip { margin: .25rem 0; }
.note { font-size: .875rem; }
.axis { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; color: var(--dim); font-size: .875rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin-top: .75rem; padding: 0; color: var(--dim);
  font-size: .875rem; }
.legend .strip { display: inline-block; vertical-align: middle; margin-right: .25rem; }
.list li { margin: .5rem 0; }
.list .chart, .list .axis { max-width: 40rem; }
.list .axis { margin-bottom: 1rem; }
.timeline { border-left: 2px solid var(--edge); margin-left: .35rem; }
.timeline li { padding: .2rem 0 .2rem 1.1rem; position: relative; }
.timeline li::before { background: var(--pod); border: 2px solid var(--pod); border-radius: 50%; content: ""; height: .6rem;
  left: -.36rem; position: absolute; top: .65rem; width: .6rem; }
.timeline .now, .timeline .end { font-weight: 600; }
.timeline .now::before, .timeline .end::before { background: var(--wait); border-color: var(--wait); border-radius: 0; }
.timeline .ahead::before { background: var(--ground); }
.timeline .day::before { display: none; }
.timeline .day { color: var(--text); font-weight: 600; }
pre { background: var(--soft); padding: .5rem .75rem; white-space: pre-wrap; }
dl { display: grid; gap: .1rem 1rem; grid-template-columns: auto 1fr; margin: 1rem 0 0; }
dt { color: var(--dim); }
dd { margin: 0; }
@media (max-width: 30rem) { body { padding: .75rem; } article { padding: .75rem; } dl { grid-template-columns: 1fr; } }
`;var style=`${pictureStyle}${pageStyle}`,policy=["default-src 'none'",`style-src 'sha256-${(0,import_node_crypto.createHash)("sha256").update(style).digest("base64")}'`,"base-uri 'none'","form-action 'none'"].join("; ");function deliveriesPage(blocks,{title,about,top,bottom}){let[first,second]=blocks;if(first!==void 0&&second===void 0){let only=markup`<article id="d1">\n${first.detail}</article>\n`;return pageOf({title:`${first.name}: ${first.standing}`,heading:headingOf(first),about},[top,only,bottom])}let items=blocks.map(({name,sign,standing,glance},index)=>{let link=markup`<a href="#d${index+1}">${name}</a>`;return markup`<li><p>${signOf(sign)} ${link} <span class="${sign.tone}">${standing}</span></p><div>${glance}</div></li>\n`}),list=first===void 0?nothing:markup`<nav aria-label="deliveries">\n<ul class="glance">\n${items}</ul>\n</nav>\n`,articles=blocks.map((block,index)=>markup`<article id="d${index+1}">\n<h2>${headingOf(block)}</h2>\n${block.detail}</article>\n`);return pageOf({title,heading:markup`${title}`,about},[top,list,...articles,bottom])}function headingOf({name,sign,standing}){return markup`${signOf(sign)} ${name} <span class="${sign.tone}">${standing}</span>`}function pageOf({title,heading,about},parts){return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${ours(policy)}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="referrer" content="no-referrer"/>
<meta name="color-scheme" content="light dark"/>
<title>${title}</title>
<style>${ours(style)}</style>
</head>
<body>
<header>
<h1>${heading}</h1>
<p class="dim">${about}</p>
</header>
<main>
${parts}</main>
</body>
</html>
`.text}function sectionOf(heading,content){let there=content.filter(part=>part!==nothing);return there.length===0?nothing:markup`<section>\n<h3>${heading}</h3>\n${there}</section>\n`}function signOf({sign,tone}){return markup`<span class="sign ${tone}" aria-hidden="true">${sign}</span>`}function listOf(items){return items.length===0?nothing:markup`<ul class="list">\n${items.map(item=>markup`<li>${item}</li>\n`)}</ul>\n`}function chartOf({rows,axis},legend){if(rows.length===0)return nothing;let kind=axis===null?"pods":"time",ends=axis===null?nothing:markup`<p class="axis"><span>${axis.from}</span> <span>${axis.to}</span></p>\n`;return markup`<ol class="chart ${kind}">\n${rows.map(rowOf)}</ol>\n${ends}${legendOf(rows,legend)}`}function rowOf({sign,label,bars,note}){let state=sign===null?nothing:markup` <span class="${sign.tone}">${sign.word}</span>`,head=markup`<p>${sign===null?nothing:signOf(sign)} <b>${label}</b>${state}</p>`,said=note===""?nothing:markup`<p class="note">${note}</p>`;return markup`<li>${head}${bars.map(bar=>barSvg(bar))}${said}</li>\n`}function legendOf(rows,legend){let entries=marksIn(rows,legend).map(({mark,words})=>markup`<li>${markSvg(mark)} ${words}</li>\n`),{note}=legend;return entries.length===0&&note===""?nothing:markup`<ul class="legend">\n${entries}${note===""?nothing:markup`<li>${note}</li>\n`}</ul>\n`}function timeLineOf(moments,zone){let today="",items=moments.map(({at,is,text})=>{let{day,time,machine}=at===null?untimed("then"):timed(at,zone),fresh=day===""||day===today?nothing:markup`<li class="day">${day}</li>\n`;day!==""&&(today=day);let when=machine===null?markup`<span class="dim">${time}</span>`:markup`<time datetime="${machine}">${time}</time>`;return markup`${fresh}<li class="${is}"${is==="now"?ours(' aria-current="time"'):nothing}>${when} ${text}</li>\n`});return markup`<ol class="timeline">\n${items}</ol>\n`}function untimed(time){return{day:"",time,machine:null}}function timed(iso,zone){let moment=new Date(iso);return Number.isNaN(moment.getTime())?untimed(iso):{...dayAndTime(iso,zone),machine:moment.toISOString()}}function errorOf(error){let place=error.at===null?nothing:markup` <code>${formatPlace(error.at)}</code>`,hint=error.hint===null?nothing:wayOutOf(error.hint);return markup`<div class="box bad" role="alert"><p>${signOf({sign:"\u2716",tone:"bad"})} <b>${whose(error)}</b> <code>${error.code}</code>${place}</p>
<p>${prose(error.message)}</p>${hint}</div>\n`}function wayOutOf(text){return markup`<p><b>What to do:</b> ${prose(text)}</p>`}var findingSigns={error:"\u2716",warning:"\u25B2",note:"\u2022"};function findingsOf(findings){return worstFindings(findings).map(({severity,code,message,facts,wayOut})=>{let tone=toneOf[severity],list=facts.length===0?nothing:markup`<ul>${facts.map(fact=>markup`<li>${fact}</li>`)}</ul>`;return markup`<div class="box ${tone}"><p>${signOf({sign:findingSigns[severity],tone})} <b>${severity}</b> <code>${code}</code></p>
<p>${prose(message)}</p>${list}${wayOutOf(wayOut)}</div>\n`})}function commandOf(command){return markup`<p class="next"><b>Next:</b> <code>${command}</code></p>\n`}export{deliveriesPage,sectionOf,signOf,listOf,chartOf,timeLineOf,errorOf,findingsOf,commandOf};
