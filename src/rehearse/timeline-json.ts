import { jsonText } from '../views/json.ts';
import type { Ending, Rehearsal, RehearsedDelivery } from './timeline.ts';

type Keys<T> = { readonly [K in keyof T]: unknown };

/** A rehearsal as JSON text, version 1. Keys are always in this order, and absent values are null. Safe to print. */
export function renderRehearsalJson(rehearsal: Rehearsal): string {
  return jsonText({
    version: rehearsal.version,
    command: rehearsal.command,
    scenario: rehearsal.scenario,
    commit: rehearsal.commit,
    start: rehearsal.start,
    every: rehearsal.every,
    answerAfter: rehearsal.answerAfter,
    readyAfter: rehearsal.readyAfter,
    notes: rehearsal.notes,
    deliveries: rehearsal.deliveries.map(orderedDelivery),
  } satisfies Keys<Rehearsal>);
}

function orderedDelivery({ name, release, ending, stations, people, events, findings }: RehearsedDelivery) {
  return {
    name,
    release: release && { id: release.id, commit: release.commit },
    ending: orderedEnding(ending),
    stations: stations.map((station) => ({
      kind: station.kind,
      number: station.number,
      name: station.name,
      replicas: station.replicas,
      traffic: station.traffic,
      from: station.from,
      waits: station.waits,
      left: station.left,
      pods: {
        stable: { ready: station.pods.stable.ready, total: station.pods.stable.total },
        canary: { ready: station.pods.canary.ready, total: station.pods.canary.total },
      },
      gates: station.gates.map((gate) => ({
        name: gate.name,
        kind: gate.kind,
        shut: gate.shut,
        opened: gate.opened,
        seen: gate.seen,
        why: gate.why,
        missing: gate.missing,
      })),
    })),
    people: people.map((need) => ({
      station: need.station,
      gate: need.gate,
      from: need.from,
      answered: need.answered,
      who: need.who,
    })),
    events: events.map(({ at, what, text }) => ({ at, what, text })),
    findings: findings.map((one) => ({
      code: one.code,
      severity: one.severity,
      message: one.message,
      facts: one.facts,
      wayOut: one.wayOut,
    })),
  } satisfies Keys<RehearsedDelivery>;
}

/** Every ending has every key, so that scripts can read all endings in the same way. */
function orderedEnding(ending: Ending) {
  const { is, at } = ending;
  const reason = 'why' in ending ? { code: ending.code, why: ending.why } : { code: null, why: null };
  return { is, at, ...reason, todo: 'todo' in ending ? ending.todo : null };
}
