import type { State, StepReport } from '../release/report.ts';
import { mermaidText } from './neutral.ts';
import { fold, type Stop } from './picture.ts';
import { stepSign } from './words.ts';

/** Maximum number of nodes: GitHub draws up to about fifty well. More steps are folded. */
const MOST_NODES = 24;

type StepState = 'done' | 'moving' | 'waiting' | 'trouble' | 'ahead';

/** Fill, line and text colour of each state. All three are set, so the picture is readable on light and dark pages. */
const palette = {
  done: { fill: '#dafbe1', line: '#1a7f37', text: '#116329' },
  moving: { fill: '#ddf4ff', line: '#0969da', text: '#0550ae' },
  waiting: { fill: '#fff8c5', line: '#bf8700', text: '#7d4e00' },
  trouble: { fill: '#ffebe9', line: '#cf222e', text: '#a40e26' },
  ahead: { fill: '#f6f8fa', line: '#8c959f', text: '#57606a' },
} satisfies Record<StepState, { readonly fill: string; readonly line: string; readonly text: string }>;

function stateOf(stop: Stop, state: State): StepState {
  if (stop.is === 'done' || stop.is === 'ahead') return stop.is;
  return stepSign(stop.is, state).tone === 'bad' ? 'trouble' : stop.is;
}

/** The lines under a step's name, without empty parts. */
function details(stop: Stop, state: State): string[] {
  const here = stop.is === 'moving' || stop.is === 'waiting';
  const pods = stop.replicas === '' ? '' : `replicas ${stop.replicas}`;
  const traffic = stop.traffic === '' ? '' : `traffic ${stop.traffic}`;
  return [pods, traffic, here ? stepSign(stop.is, state).word : ''].filter((part) => part !== '');
}

/** The steps as a mermaid flowchart (without its fence). Labels are quoted and entity-coded. */
export function stepsMermaid(steps: readonly StepReport[], state: State): string {
  const stops = fold(steps, MOST_NODES);
  const states = stops.map((stop) => stateOf(stop, state));
  const nodes = stops.map((stop, index) => {
    const label = [stop.name, ...details(stop, state)].map(mermaidText).join('<br/>');
    return `  s${index + 1}["${label}"]:::${states[index]}`;
  });
  const links = stops
    .slice(1)
    .map((stop, index) => `  s${index + 1} ${stop.is === 'ahead' ? '-.->' : '==>'} s${index + 2}`);
  const classes = Object.entries(palette)
    .filter(([name]) => states.some((one) => one === name))
    .map(([name, { fill, line, text }]) => `  classDef ${name} fill:${fill},stroke:${line},color:${text}`);
  return ['flowchart LR', ...nodes, ...links, ...classes].join('\n');
}
