import { gates } from '../gates/index.ts';
import type { GateReport } from '../release/report.ts';
import type { GateSpan } from './timeline.ts';

/** A gate, updated with each verdict. */
export interface OpenGate extends GateSpan {
  /** When the last verdict said it would open. */
  readonly until: string | null;
}

/** The effect of a verdict on the timeline. */
export interface Weighed {
  readonly gate: OpenGate;
  readonly news: { readonly what: 'shut' | 'open'; readonly at: string; readonly text: string } | null;
}

/** The gate after a further verdict, and the event, if any. An open gate does not change any more. */
export function weigh(known: OpenGate | undefined, verdict: GateReport): Weighed {
  const { name, kind, why, missing, observedAt, until } = verdict;
  const gate = known ?? { name, kind, shut: null, opened: null, seen: null, why, missing, until: null };
  if (gate.opened !== null) return { gate, news: null };
  switch (verdict.is) {
    case 'open':
    case 'skipped': {
      const opened = gate.until !== null && gate.until < observedAt ? gate.until : observedAt;
      const news = gate.shut === null ? null : ({ what: 'open', at: opened, text: `${name} is open: ${why}` } as const);
      return { gate: { ...gate, why, missing, seen: observedAt, opened }, news };
    }
    case 'shut':
    case 'failed': {
      const end = until === null ? '' : `, until ${until}`;
      const text = `${name} is shut${end}: ${why}`;
      const news = gate.shut === null ? ({ what: 'shut', at: observedAt, text } as const) : null;
      return { gate: { ...gate, why, missing, until, shut: gate.shut ?? observedAt }, news };
    }
  }
}

/** The gate of a step that the engine ends by its own timer, so that no run judges it. */
export function openedByTimer(gate: OpenGate, at: string): Weighed {
  const why = "the engine's own timer";
  return {
    gate: { ...gate, opened: at, why, missing: [] },
    news: { what: 'open', at, text: `${gate.name} is open: ${why}` },
  };
}

/** How the time before a gate is spent. */
export function waitsOn(kind: GateReport['kind']): 'person' | 'time' {
  if (kind === 'ready' || kind === 'freeze') return 'time';
  return kind === 'hold' ? 'person' : gates[kind].waitsOn;
}
