import { createHash } from 'node:crypto';
import { formatPlace } from '../release/error.ts';
import type { Finding } from '../release/finding.ts';
import type { ErrorReport } from '../release/report.ts';
import type { Tone } from './lines.ts';
import { type Markup, markup, nothing, ours, prose } from './markup.ts';
import { pageStyle } from './page-style.ts';
import { toneOf, whose, worstFindings } from './problems.ts';
import { barSvg, type Chart, type ChartRow, type Legend, markSvg, marksIn, pictureStyle } from './svg.ts';
import { dayAndTime } from './times.ts';

const style = `${pictureStyle}${pageStyle}`;

/** Allows the page's own style sheet by its hash, and nothing else: no script, no file, no address. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** One delivery on a page. */
export interface Block {
  readonly name: string;
  readonly sign: { readonly sign: string; readonly tone: Tone };
  /** Where it stands, behind its name. */
  readonly standing: string;
  /** What the list of several deliveries says beside the name. */
  readonly glance: Markup;
  readonly detail: Markup;
}

/**
 * A page about deliveries: of several first a list that shows where each stands, then each in detail. `title` is that of
 * several and of none, `top` and `bottom` are about all of them.
 */
export function deliveriesPage(
  blocks: readonly Block[],
  {
    title,
    about,
    top,
    bottom,
  }: { readonly title: string; readonly about: string; readonly top: Markup; readonly bottom: Markup },
): string {
  const [first, second] = blocks;
  if (first !== undefined && second === undefined) {
    const only = markup`<article id="d1">\n${first.detail}</article>\n`;
    return pageOf({ title: `${first.name}: ${first.standing}`, heading: headingOf(first), about }, [top, only, bottom]);
  }
  const items = blocks.map(({ name, sign, standing, glance }, index) => {
    const link = markup`<a href="#d${index + 1}">${name}</a>`;
    return markup`<li><p>${signOf(sign)} ${link} <span class="${sign.tone}">${standing}</span></p><div>${glance}</div></li>\n`;
  });
  const list =
    first === undefined ? nothing : markup`<nav aria-label="deliveries">\n<ul class="glance">\n${items}</ul>\n</nav>\n`;
  const articles = blocks.map(
    (block, index) => markup`<article id="d${index + 1}">\n<h2>${headingOf(block)}</h2>\n${block.detail}</article>\n`,
  );
  return pageOf({ title, heading: markup`${title}`, about }, [top, list, ...articles, bottom]);
}

function headingOf({ name, sign, standing }: Block): Markup {
  return markup`${signOf(sign)} ${name} <span class="${sign.tone}">${standing}</span>`;
}

/** A self-contained page, which is well-formed XML too. `heading` is the title with its signs. */
function pageOf(
  { title, heading, about }: { readonly title: string; readonly heading: Markup; readonly about: string },
  parts: readonly Markup[],
): string {
  const page = markup`<!DOCTYPE html>
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
`;
  return page.text;
}

/** A section under a heading; nothing without content. */
export function sectionOf(heading: string, content: readonly Markup[]): Markup {
  const there = content.filter((part) => part !== nothing);
  return there.length === 0 ? nothing : markup`<section>\n<h3>${heading}</h3>\n${there}</section>\n`;
}

/** A sign beside a word that says the same, so a screen reader skips it. */
export function signOf({ sign, tone }: { readonly sign: string; readonly tone: Tone }): Markup {
  return markup`<span class="sign ${tone}" aria-hidden="true">${sign}</span>`;
}

/** A list without bullets; nothing for an empty one. */
export function listOf(items: readonly Markup[]): Markup {
  return items.length === 0
    ? nothing
    : markup`<ul class="list">\n${items.map((item) => markup`<li>${item}</li>\n`)}</ul>\n`;
}

/** A chart as a list, one item for each row. Rows of pods stand side by side where there is room; rows of time never do. */
export function chartOf({ rows, axis }: Chart, legend: Legend): Markup {
  if (rows.length === 0) return nothing;
  const kind = axis === null ? 'pods' : 'time';
  const ends =
    axis === null ? nothing : markup`<p class="axis"><span>${axis.from}</span> <span>${axis.to}</span></p>\n`;
  return markup`<ol class="chart ${kind}">\n${rows.map(rowOf)}</ol>\n${ends}${legendOf(rows, legend)}`;
}

function rowOf({ sign, label, bars, note }: ChartRow): Markup {
  const state = sign === null ? nothing : markup` <span class="${sign.tone}">${sign.word}</span>`;
  const head = markup`<p>${sign === null ? nothing : signOf(sign)} <b>${label}</b>${state}</p>`;
  const said = note === '' ? nothing : markup`<p class="note">${note}</p>`;
  return markup`<li>${head}${bars.map((bar) => barSvg(bar))}${said}</li>\n`;
}

function legendOf(rows: readonly ChartRow[], legend: Legend): Markup {
  const entries = marksIn(rows, legend).map(({ mark, words }) => markup`<li>${markSvg(mark)} ${words}</li>\n`);
  const { note } = legend;
  if (entries.length === 0 && note === '') return nothing;
  return markup`<ul class="legend">\n${entries}${note === '' ? nothing : markup`<li>${note}</li>\n`}</ul>\n`;
}

/** One line of a time line. */
export interface Moment {
  /** ISO time; null for what comes some time after the rest. */
  readonly at: string | null;
  /** `end`: the last of what was only rehearsed. */
  readonly is: 'past' | 'now' | 'ahead' | 'end';
  readonly text: string;
}

/** Events in order, with the times of the zone; each day is named once. */
export function timeLineOf(moments: readonly Moment[], zone: string): Markup {
  let today = '';
  const items = moments.map(({ at, is, text }) => {
    const { day, time, machine } = at === null ? untimed('then') : timed(at, zone);
    const fresh = day === '' || day === today ? nothing : markup`<li class="day">${day}</li>\n`;
    if (day !== '') today = day;
    const when =
      machine === null ? markup`<span class="dim">${time}</span>` : markup`<time datetime="${machine}">${time}</time>`;
    return markup`${fresh}<li class="${is}"${is === 'now' ? ours(' aria-current="time"') : nothing}>${when} ${text}</li>\n`;
  });
  return markup`<ol class="timeline">\n${items}</ol>\n`;
}

function untimed(time: string) {
  return { day: '', time, machine: null };
}

/** A text that is no time is shown unchanged. */
function timed(iso: string, zone: string) {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return untimed(iso);
  return { ...dayAndTime(iso, zone), machine: moment.toISOString() };
}

/** An error: family, code, place, message and hint. */
export function errorOf(error: ErrorReport): Markup {
  const place = error.at === null ? nothing : markup` <code>${formatPlace(error.at)}</code>`;
  const hint = error.hint === null ? nothing : wayOutOf(error.hint);
  return markup`<div class="box bad" role="alert"><p>${signOf({ sign: '✖', tone: 'bad' })} <b>${whose(error)}</b> <code>${error.code}</code>${place}</p>
<p>${prose(error.message)}</p>${hint}</div>\n`;
}

function wayOutOf(text: string): Markup {
  return markup`<p><b>What to do:</b> ${prose(text)}</p>`;
}

const findingSigns = { error: '✖', warning: '▲', note: '•' } satisfies Record<Finding['severity'], string>;

/** Findings, the worst first: message, facts and remedy. */
export function findingsOf(findings: readonly Finding[]): Markup[] {
  return worstFindings(findings).map(({ severity, code, message, facts, wayOut }) => {
    const tone = toneOf[severity];
    const list = facts.length === 0 ? nothing : markup`<ul>${facts.map((fact) => markup`<li>${fact}</li>`)}</ul>`;
    return markup`<div class="box ${tone}"><p>${signOf({ sign: findingSigns[severity], tone })} <b>${severity}</b> <code>${code}</code></p>
<p>${prose(message)}</p>${list}${wayOutOf(wayOut)}</div>\n`;
  });
}

/** The command to run next. */
export function commandOf(command: string): Markup {
  return markup`<p class="next"><b>Next:</b> <code>${command}</code></p>\n`;
}
