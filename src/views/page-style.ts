/** The layout of a page: one column on a phone, and no line wider than the window. The colours come from `pictureStyle`. */
export const pageStyle = `* { box-sizing: border-box; }
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
`;
