import type { State, StepReport } from '../release/report.ts';
import { mermaidText, oneLine, xmlText } from './neutral.ts';
import { fold, type Stop } from './picture.ts';
import { stepSign } from './words.ts';

/** GitHub draws mermaid well up to about fifty nodes; more steps than this are folded. */
const MOST_NODES = 24;

type Look = 'done' | 'moving' | 'waiting' | 'trouble' | 'ahead';

/** Fill, line and text of each look, readable on light and dark pages because none is left to the page. */
const palette = {
  done: { fill: '#dafbe1', line: '#1a7f37', text: '#116329' },
  moving: { fill: '#ddf4ff', line: '#0969da', text: '#0550ae' },
  waiting: { fill: '#fff8c5', line: '#bf8700', text: '#7d4e00' },
  trouble: { fill: '#ffebe9', line: '#cf222e', text: '#a40e26' },
  ahead: { fill: '#f6f8fa', line: '#8c959f', text: '#57606a' },
} satisfies Record<Look, { readonly fill: string; readonly line: string; readonly text: string }>;

function lookOf(stop: Stop, state: State): Look {
  if (stop.is === 'done' || stop.is === 'ahead') return stop.is;
  return stepSign(stop.is, state).tone === 'bad' ? 'trouble' : stop.is;
}

/** What stands under a step's name; empty parts are left out. */
function details(stop: Stop, state: State): string[] {
  const here = stop.is === 'moving' || stop.is === 'waiting';
  const pods = stop.replicas === '' ? '' : `replicas ${stop.replicas}`;
  const traffic = stop.traffic === '' ? '' : `traffic ${stop.traffic}`;
  return [pods, traffic, here ? stepSign(stop.is, state).word : ''].filter((part) => part !== '');
}

/** The steps as a mermaid flowchart (without its fence). Labels are quoted and entity-coded. */
export function stepsMermaid(steps: readonly StepReport[], state: State): string {
  const stops = fold(steps, MOST_NODES);
  const looks = stops.map((stop) => lookOf(stop, state));
  const nodes = stops.map((stop, index) => {
    const label = [stop.name, ...details(stop, state)].map(mermaidText).join('<br/>');
    return `  s${index + 1}["${label}"]:::${looks[index]}`;
  });
  const links = stops
    .slice(1)
    .map((stop, index) => `  s${index + 1} ${stop.is === 'ahead' ? '-.->' : '==>'} s${index + 2}`);
  const classes = Object.entries(palette)
    .filter(([look]) => looks.some((one) => one === look))
    .map(([look, { fill, line, text }]) => `  classDef ${look} fill:${fill},stroke:${line},color:${text}`);
  return ['flowchart LR', ...nodes, ...links, ...classes].join('\n');
}

const COLUMN = 132;
const HEIGHT = 120;

/** The steps as an SVG document of its own, for pages and artifacts; it follows the reader's light or dark scheme. */
export function stepsSvg(steps: readonly StepReport[], state: State, title: string): string {
  const stops = fold(steps, MOST_NODES);
  const width = Math.max(1, stops.length) * COLUMN;
  const middle = (index: number) => index * COLUMN + COLUMN / 2;
  const rails = stops.slice(1).map((stop, index) => {
    const kind = stop.is === 'ahead' ? 'rail ahead' : 'rail';
    return `  <line class="${kind}" x1="${middle(index) + 12}" y1="28" x2="${middle(index + 1) - 12}" y2="28"/>`;
  });
  const dots = stops.flatMap((stop, index) => [
    `  <circle class="${lookOf(stop, state)}" cx="${middle(index)}" cy="28" r="10"/>`,
    `  <text class="name" x="${middle(index)}" y="58">${xmlText(short(stop.name))}</text>`,
    ...details(stop, state).map(
      (part, row) => `  <text x="${middle(index)}" y="${76 + row * 16}">${xmlText(short(part))}</text>`,
    ),
  ]);
  const looks = Object.entries(palette).map(
    ([look, { fill, line }]) => `    .${look} { fill: ${fill}; stroke: ${line}; }`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" role="img">`,
    `  <title>${xmlText(title)}</title>`,
    '  <style>',
    '    text { font: 12px system-ui, sans-serif; text-anchor: middle; fill: #57606a; }',
    '    .name { font-weight: 600; fill: #1f2328; }',
    '    circle { stroke-width: 3; }',
    '    .rail { stroke: #1a7f37; stroke-width: 3; }',
    '    .rail.ahead { stroke: #8c959f; stroke-dasharray: 3 5; }',
    ...looks,
    '    @media (prefers-color-scheme: dark) { text { fill: #9198a1; } .name { fill: #f0f6fc; } }',
    '  </style>',
    ...rails,
    ...dots,
    '</svg>',
    '',
  ].join('\n');
}

/** As much of a text as fits under a dot. */
function short(text: string): string {
  const line = oneLine(text);
  const signs = [...line];
  return signs.length > 18 ? `${signs.slice(0, 17).join('')}…` : line;
}
