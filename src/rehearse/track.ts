import { noExtras } from '../flow/tick.ts';
import { placeAhead } from '../release/ahead.ts';
import type { Decision, Situation } from '../release/decision.ts';
import type { Delivery, Release } from '../release/delivery.ts';
import { formatAmount } from '../release/delivery.ts';
import { deliveryReport } from '../release/delivery-report.ts';
import { listAt, objectAt, stringAt } from '../release/json.ts';
import type { PodTrouble } from '../release/observation.ts';
import type { KubeObject } from '../release/ports.ts';
import type { GateReport } from '../release/report.ts';
import type { Target } from '../release/target.ts';
import { type OpenGate, openedByTimer, type Weighed, weigh } from './gates.ts';
import type { ClusterChange } from './stage.ts';
import type { Ending, Need, RehearsedDelivery, Station, TimelineEvent } from './timeline.ts';
import { endWords, podWords, wordsOf } from './words.ts';
import { isStablePod } from './world.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type OpenStation = Mutable<Omit<Station, 'gates'>> & { gates: readonly OpenGate[] };

/** Records the timeline of one delivery during a rehearsal, from the decisions of its runs and the changes in its cluster. */
export interface Track {
  readonly delivery: Delivery;
  /** The release was requested: recording begins. */
  begin(release: Release): void;
  decided(situation: Situation, decision: Decision): void;
  changed(change: ClusterChange): void;
  tell(what: TimelineEvent['what'], text: string): void;
  /** Somebody is asked to approve. The returned function is called when they have approved. */
  needs(gate: string, who: string): () => void;
  end(ending: Ending): void;
  readonly ended: boolean;
  readonly rollingBack: boolean;
  result(findings: RehearsedDelivery['findings']): RehearsedDelivery;
}

const noPods = { stable: { ready: 0, total: 0 }, canary: { ready: 0, total: 0 } };

export function createTrack(delivery: Delivery, target: Target, now: () => Date): Track {
  const refs = target.refs(delivery);
  const stations: OpenStation[] = [];
  const events: TimelineEvent[] = [];
  const people: Mutable<Need>[] = [];
  const pods = new Map<string, KubeObject>();
  const troubles = new Set<string>();
  const ready = new Set<string>();
  let rollout: KubeObject | null = null;
  let workload: KubeObject | null = null;
  let release: Release | null = null;
  let ending: Ending | null = null;

  const time = () => now().toISOString();
  const here = () => stations.at(-1);

  function tell(what: TimelineEvent['what'], text: string, at: string = time()): void {
    events.push({ at, what, text });
  }

  function enter(kind: Station['kind'], number: number): OpenStation {
    const last = here();
    const at = time();
    if (last !== undefined) leave(last, at);
    const step = kind === 'step' ? delivery.steps[number - 1] : undefined;
    const station: OpenStation = {
      kind,
      number,
      name: step?.name ?? kind,
      replicas: step === undefined ? null : formatAmount(step.replicas),
      traffic: step?.traffic ?? null,
      from: at,
      waits: null,
      left: null,
      pods: last?.pods ?? noPods,
      gates: [],
    };
    stations.push(station);
    return station;
  }

  function leave(station: OpenStation, at: string): void {
    station.left = at;
    if (station.kind === 'step' && station.waits === null) station.pods = podsNow();
    if (station.kind !== 'step' || delivery.steps[station.number - 1]?.timer !== 'engine') return;
    for (const gate of station.gates.filter(({ opened }) => opened === null))
      note(station, gate, openedByTimer(gate, at));
  }

  /** The pods by version, as the engine sees them now. */
  function podsNow(): Station['pods'] {
    return target.observe(delivery, { takenAt: now(), rollout, workload, pods: [...pods.values()] }).pods;
  }

  /** Reads the state of the release from the cluster. Without pods: the engine writes every two seconds, and pods are slow. */
  function look(): void {
    const station = here();
    if (release === null || station === undefined || ending !== null || station.kind === 'rollback') return;
    const observation = target.observe(delivery, { takenAt: now(), rollout, workload, pods: [] });
    const { engine } = observation;
    if (observation.workload?.id !== release.id) return;
    if (station.kind === 'start') enter('step', 1);
    const current = here() ?? station;
    if (!('id' in engine) || engine.id !== release.id) return;
    if (engine.at === 'idle' && current.kind === 'end') current.waits ??= time();
    if (current.kind !== 'step') return;
    switch (engine.at) {
      case 'moving':
      case 'waiting':
      case 'frozen': {
        const step = engine.step > current.number ? enter('step', engine.step) : current;
        if (engine.at !== 'waiting' || step.number !== engine.step || step.waits !== null) return;
        step.waits = time();
        step.pods = podsNow();
        tell('engine', `step ${step.number} ${step.name} is complete: ${podWords(step.pods)}`);
        return;
      }
      case 'finishing':
      case 'idle':
        enter('end', delivery.steps.length + 1);
        tell('engine', 'the last step is done');
        return;
      case 'starting':
      case 'refusing':
      case 'cancelling':
        return;
    }
  }

  function judge(situation: Situation, gates: readonly GateReport[]): void {
    const station = stations.find((one) => one.number === placeAhead(delivery, situation) && one.kind !== 'rollback');
    if (station === undefined) return;
    for (const verdict of gates) {
      const known = station.gates.find((one) => one.name === verdict.name && one.kind === verdict.kind);
      note(station, known, weigh(known, verdict));
      if (verdict.is === 'shut') station.waits ??= verdict.observedAt;
    }
  }

  function note(station: OpenStation, known: OpenGate | undefined, { gate, news }: Weighed): void {
    station.gates =
      known === undefined ? [...station.gates, gate] : station.gates.map((one) => (one === known ? gate : one));
    if (news !== null) tell(news.what, news.text, news.at);
  }

  /** Pods that become ready one after the other are one event, at the time of the last one. */
  function newPodReady(name: string): void {
    if (release === null || ending !== null || ready.has(name)) return;
    ready.add(name);
    if (events.at(-1)?.what === 'ready') events.pop();
    tell('ready', `${ready.size} new ${ready.size === 1 ? 'pod is' : 'pods are'} ready`);
  }

  /** Reports new pods that do not start. Stable pods always start here, so a broken stable pod is a new one in truth. */
  function trouble(found: readonly PodTrouble[]): void {
    const fresh = Map.groupBy(
      found.filter(({ version, hopeless }) => version === 'canary' && hopeless),
      ({ reason }) => reason,
    );
    for (const [reason, [first, ...more]] of fresh) {
      if (first === undefined || troubles.has(reason)) continue;
      troubles.add(reason);
      const count = more.length === 0 ? '1 new pod does' : `${more.length + 1} new pods do`;
      tell('pods', `${count} not start: ${reason}${first.message === '' ? '' : `: ${first.message}`}`);
    }
  }

  return {
    delivery,
    begin(asked) {
      release = asked;
      enter('start', 0).pods = podsNow();
      tell('run', `release ${asked.id} is requested`);
    },
    decided(situation, decision) {
      if (release === null || ending !== null) return;
      const { record } = situation;
      const back = record.rollback?.from.id === release.id;
      if (record.release?.id !== release.id && !back) return;
      const report = deliveryReport(situation, decision, { ...noExtras, expected: [], changed: false, loud: false });
      if (!back) judge(situation, report.gates);
      trouble(report.trouble);
      if (decision.do === 'rollBack' && here()?.kind !== 'rollback') enter('rollback', delivery.steps.length + 1);
      const words = wordsOf(decision);
      if (words !== null && events.at(-1)?.text !== words) tell('run', words);
    },
    changed({ cluster, object, gone }) {
      if (cluster !== delivery.cluster.context || stringAt(object, 'metadata', 'namespace') !== delivery.namespace)
        return;
      const kind = stringAt(object, 'kind');
      const name = stringAt(object, 'metadata', 'name') ?? '';
      const kept = gone ? null : object;
      if (kind === refs.rollout.kind.kind && name === refs.rollout.name) rollout = kept;
      else if (kind === refs.workload.kind.kind && name === refs.workload.name) workload = kept;
      else if (kind === target.kinds.pod.kind && selects(workload === null ? {} : target.podLabels(workload), object)) {
        if (gone) {
          pods.delete(name);
          ready.delete(name);
        } else {
          pods.set(name, object);
          if (isReady(object) && !isStablePod(object)) newPodReady(name);
        }
        return;
      } else return;
      look();
    },
    tell,
    needs(gate, who) {
      const need: Mutable<Need> = { station: here()?.number ?? 0, gate, from: time(), answered: null, who };
      people.push(need);
      tell('needed', `${who} has to approve ${gate}`);
      return () => {
        need.answered = time();
        tell('person', `${who} approves ${gate}`);
      };
    },
    end(how) {
      ending = how;
      const station = here();
      if (station !== undefined && (how.is === 'delivered' || how.is === 'rolledBack')) station.left ??= how.at;
      tell('end', endWords(how), how.at);
    },
    get ended() {
      return ending !== null;
    },
    get rollingBack() {
      return ending === null && here()?.kind === 'rollback';
    },
    result(findings) {
      if (ending === null) throw new Error(`the rehearsal of ${delivery.name} has no end`);
      return {
        name: delivery.name,
        release: release === null ? null : { id: release.id, commit: release.commit },
        ending,
        stations: stations.map(({ gates, ...rest }) => ({
          ...rest,
          gates: gates.map(({ until: _, ...gate }) => gate),
        })),
        people,
        // A gate may have opened before a run saw it.
        events: events.toSorted((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0)),
        findings,
      };
    },
  };
}

function isReady(pod: KubeObject): boolean {
  return listAt(pod, 'status', 'conditions').some(
    (one) => stringAt(one, 'type') === 'Ready' && stringAt(one, 'status') === 'True',
  );
}

function selects(podLabels: Readonly<Record<string, string>>, pod: KubeObject): boolean {
  const labels = Object.entries(podLabels);
  return labels.length > 0 && labels.every(([key, value]) => objectAt(pod, 'metadata', 'labels')[key] === value);
}
