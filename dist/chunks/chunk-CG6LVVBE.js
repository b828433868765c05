const require=process.getBuiltinModule;
import{a as n,b as h,c as o,d as $,f as k,g as M,h as O,i as S}from"./chunk-5NU3BCG6.js";import{c as y,h as b,j as v,l as x,m as w}from"./chunk-AIF3AESJ.js";import{a as D}from"./chunk-546RV33P.js";import{a,d as j}from"./chunk-FI3EK5M2.js";var T=j(D(),1);var C=`* { box-sizing: border-box; }
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
`;var F=`${M}${C}`,q=["default-src 'none'",`style-src 'sha256-${(0,T.createHash)("sha256").update(F).digest("base64")}'`,"base-uri 'none'","form-action 'none'"].join("; ");function X(e,{title:r,about:t,top:i,bottom:l}){let[d,m]=e;if(d!==void 0&&m===void 0){let p=n`<article id="d1">\n${d.detail}</article>\n`;return R({title:`${d.name}: ${d.standing}`,heading:z(d),about:t},[i,p,l])}let s=e.map(({name:p,sign:g,standing:P,glance:B},E)=>{let I=n`<a href="#d${E+1}">${p}</a>`;return n`<li><p>${u(g)} ${I} <span class="${g.tone}">${P}</span></p><div>${B}</div></li>\n`}),c=d===void 0?o:n`<nav aria-label="deliveries">\n<ul class="glance">\n${s}</ul>\n</nav>\n`,f=e.map((p,g)=>n`<article id="d${g+1}">\n<h2>${z(p)}</h2>\n${p.detail}</article>\n`);return R({title:r,heading:n`${r}`,about:t},[i,c,...f,l])}a(X,"deliveriesPage");function z({name:e,sign:r,standing:t}){return n`${u(r)} ${e} <span class="${r.tone}">${t}</span>`}a(z,"headingOf");function R({title:e,heading:r,about:t},i){return n`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${h(q)}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="referrer" content="no-referrer"/>
<meta name="color-scheme" content="light dark"/>
<title>${e}</title>
<style>${h(F)}</style>
</head>
<body>
<header>
<h1>${r}</h1>
<p class="dim">${t}</p>
</header>
<main>
${i}</main>
</body>
</html>
`.text}a(R,"pageOf");function Z(e,r){let t=r.filter(i=>i!==o);return t.length===0?o:n`<section>\n<h3>${e}</h3>\n${t}</section>\n`}a(Z,"sectionOf");function u({sign:e,tone:r}){return n`<span class="sign ${r}" aria-hidden="true">${e}</span>`}a(u,"signOf");function _(e){return e.length===0?o:n`<ul class="list">\n${e.map(r=>n`<li>${r}</li>\n`)}</ul>\n`}a(_,"listOf");function ee({rows:e,axis:r},t){if(e.length===0)return o;let i=r===null?"pods":"time",l=r===null?o:n`<p class="axis"><span>${r.from}</span> <span>${r.to}</span></p>\n`;return n`<ol class="chart ${i}">\n${e.map(A)}</ol>\n${l}${H(e,t)}`}a(ee,"chartOf");function A({sign:e,label:r,bars:t,note:i}){let l=e===null?o:n` <span class="${e.tone}">${e.word}</span>`,d=n`<p>${e===null?o:u(e)} <b>${r}</b>${l}</p>`,m=i===""?o:n`<p class="note">${i}</p>`;return n`<li>${d}${t.map(s=>O(s))}${m}</li>\n`}a(A,"rowOf");function H(e,r){let t=k(e,r).map(({mark:l,words:d})=>n`<li>${S(l)} ${d}</li>\n`),{note:i}=r;return t.length===0&&i===""?o:n`<ul class="legend">\n${t}${i===""?o:n`<li>${i}</li>\n`}</ul>\n`}a(H,"legendOf");function ne(e,r){let t="",i=e.map(({at:l,is:d,text:m})=>{let{day:s,time:c,machine:f}=l===null?L("then"):U(l,r),p=s===""||s===t?o:n`<li class="day">${s}</li>\n`;s!==""&&(t=s);let g=f===null?n`<span class="dim">${c}</span>`:n`<time datetime="${f}">${c}</time>`;return n`${p}<li class="${d}"${d==="now"?h(' aria-current="time"'):o}>${g} ${m}</li>\n`});return n`<ol class="timeline">\n${i}</ol>\n`}a(ne,"timeLineOf");function L(e){return{day:"",time:e,machine:null}}a(L,"untimed");function U(e,r){let t=new Date(e);return Number.isNaN(t.getTime())?L(e):{...y(e,r),machine:t.toISOString()}}a(U,"timed");function re(e){let r=e.at===null?o:n` <code>${x(e.at)}</code>`,t=e.hint===null?o:N(e.hint);return n`<div class="box bad" role="alert"><p>${u({sign:"\u2716",tone:"bad"})} <b>${v(e)}</b> <code>${e.code}</code>${r}</p>
<p>${$(e.message)}</p>${t}</div>\n`}a(re,"errorOf");function N(e){return n`<p><b>What to do:</b> ${$(e)}</p>`}a(N,"wayOutOf");var W={error:"\u2716",warning:"\u25B2",note:"\u2022"};function te(e){return w(e).map(({severity:r,code:t,message:i,facts:l,wayOut:d})=>{let m=b[r],s=l.length===0?o:n`<ul>${l.map(c=>n`<li>${c}</li>`)}</ul>`;return n`<div class="box ${m}"><p>${u({sign:W[r],tone:m})} <b>${r}</b> <code>${t}</code></p>
<p>${$(i)}</p>${s}${N(d)}</div>\n`})}a(te,"findingsOf");function ie(e){return n`<p class="next"><b>Next:</b> <code>${e}</code></p>\n`}a(ie,"commandOf");export{X as a,Z as b,u as c,_ as d,ee as e,ne as f,re as g,te as h,ie as i};
