import { type JsonMap, textAt } from '../../src/simulator/api/json.ts';
import { kinds } from '../../src/simulator/api/kinds.ts';
import type { Told } from '../acts/command-lines.ts';
import type { Shop } from '../acts/shop.ts';
import { eventOf } from '../fidelity/play.ts';
import { Scene } from '../fidelity/scene.ts';
import { send } from '../fidelity/send.ts';
import type { Changed } from '../support/memory-git.ts';
import type { Acted } from './acts.ts';
import { counting } from './counting.ts';
import { type Rest, restOf, restText } from './rests.ts';

const MANIFEST = 'deploy/demo.yaml';
const ROLLOUT = 'rollout.yaml';
/** Who has applied what is there before stepgate. */
const KUBECTL = 'kubectl-client-side-apply';
/** Milliseconds after which what has not changed is at rest: longer than the engine waits between two steps of its own. */
const QUIET = 20_000;
export const PATIENCE = 300_000;
/** Milliseconds after which somebody asks what a command waits for. */
const ASKED_AFTER = 500;

/** Milliseconds in which a command has begun to write. */
const BRIEF = 20;

/** What came of an act. */
export interface Outcome {
  readonly acted: Acted;
  /** The commands that were run, with what each came to. */
  readonly commands: readonly Ran[];
  /** How the API server answered what was done by hand; null where a command did it. */
  readonly answer: number | null;
  /** What the cluster looked like on the way, each state once in a row; the last one is how it came to rest. */
  readonly states: readonly Rest[];
  /** Whether the cluster came to rest before the next act. */
  readonly settled: boolean;
}

export interface Ran {
  readonly line: string;
  readonly told: Told;
  /** Kinds of the objects that the command wrote, in order. */
  readonly writes: readonly string[];
}

/** Configs that were made on the way, each with the Rollout it was made from. */
export interface Made {
  readonly rollout: JsonMap;
  readonly config: string;
}

export interface PlayOptions {
  /** The Rollout and the workload are there before stepgate, which adopts them. */
  readonly adopts?: boolean;
  /** The last act to play; all of them where it is left out. */
  readonly until?: number;
  /** An act during whose command somebody asks for the status. */
  readonly asks?: number;
}

export interface Stage {
  /** What came of each act so far. */
  readonly outcomes: readonly (() => Promise<Outcome>)[];
  readonly configs: readonly Made[];
  /** Whether the engine's own clock ends a step. */
  readonly isTimed: boolean;
  /** `rests`: whether to wait until the cluster is at rest. */
  perform(acted: Acted, rests: boolean): Promise<void>;
  /** Waits until the engine stands there with the Rollout, so many milliseconds at most. */
  reach(rest: Rest, longest: number): Promise<void>;
}

/** A repository and a cluster with nothing in it. `acts` are all that will be played. */
export function openStage(shop: Shop, acts: readonly Acted[], { adopts = false, asks }: PlayOptions): Stage {
  const { api, world } = shop.cluster;
  const ada = shop.person('ada');
  const namespace = acts.map(({ event }) => namespaceOf(event.detail)).find((one) => one !== '') ?? 'default';
  const takeOver = adopts ? ` --take-over ${KUBECTL}` : '';
  const outcomes: (() => Promise<Outcome>)[] = [];
  const configs: Made[] = [];
  let config: string | null = null;
  let rollout: JsonMap = {};
  let isFirst = true;
  let running: Promise<unknown> = Promise.resolve();

  const scene = new Scene();
  const seen = new Map<string, JsonMap>();
  let states: Rest[] = [];
  let changed = 0;
  api.store.listen((change) => {
    if (!scene.take(eventOf(change, 0, seen))) return;
    const now = restOf(scene.picture());
    if (restText(now) === restText(states.at(-1))) return;
    states.push(now);
    changed = world.timeline.now();
  });
  shop.origin.commit({ 'stepgate.yaml': null, 'deploy/shop.yaml': null }, { subject: 'nothing' });

  async function run(line: string): Promise<Ran> {
    const writes: string[] = [];
    const told = await ada(line, { through: (cluster) => counting(cluster, writes) });
    return { line, told, writes };
  }

  async function settle(): Promise<void> {
    const begun = world.timeline.now();
    changed = begun;
    while (world.timeline.now() - changed < QUIET && world.timeline.now() - begun < PATIENCE) await shop.wait(2_000);
  }

  /** A config from the Rollout, on the branch. */
  async function makeConfig(from: string, files: Changed): Promise<Ran> {
    shop.origin.commit(files, { subject: 'a Rollout to import' });
    const made = await run(`import${from} --namespace ${namespace}`);
    if (made.told.error !== null) return made;
    config = withTimers(made.told.text);
    configs.push({ rollout, config });
    shop.origin.commit({ 'stepgate.yaml': config, [ROLLOUT]: null }, { subject: 'the config' });
    return made;
  }

  function apply(object: JsonMap): void {
    const found = kinds.find(({ group, kind }) => kind === textAt(object, 'kind') && isIn(group, object));
    api.create(found?.id ?? '', object, { manager: KUBECTL });
  }

  async function deployed(manifest: JsonMap): Promise<readonly Ran[]> {
    if (isFirst && adopts) {
      apply(rollout);
      apply(manifest);
      isFirst = false;
      await settle();
      const made = await makeConfig('', { [MANIFEST]: text(manifest) });
      return [made, await run(`deploy${takeOver}`)];
    }
    shop.origin.commit({ [MANIFEST]: text(manifest) }, { subject: 'a version' });
    const until = isFirst ? ' --until done' : '';
    isFirst = false;
    return [await run(`deploy${until}${takeOver}`)];
  }

  async function planned(wanted: JsonMap): Promise<readonly Ran[]> {
    rollout = wanted;
    if (isFirst && adopts) return [];
    const first = acts.find((one) => one.act.act === 'deploy')?.act;
    const manifest = isFirst && first?.act === 'deploy' ? { [MANIFEST]: text(first.manifest) } : {};
    const made = await makeConfig(` --from ${ROLLOUT}`, { [ROLLOUT]: text(wanted), ...manifest });
    if (made.told.error !== null || isFirst) return [made];
    return [made, await run(`deploy${takeOver}`)];
  }

  async function commandsFor({ event, act }: Acted): Promise<readonly Ran[] | number> {
    const byHand = () => send(api, namespace, event).answer;
    switch (act.act) {
      case 'byHand':
        return byHand();
      case 'deploy':
        return config === null && !adopts ? byHand() : deployed(act.manifest);
      case 'plan':
        return planned(act.rollout);
      case 'promote': {
        const to = act.to === null ? '' : ` --to ${act.to}`;
        const method = act.method === 'status' ? '' : ` --method ${act.method}`;
        const force = stage.isTimed ? ' --force' : '';
        return [await run(`promote${to}${method}${force}`)];
      }
      case 'rollback':
        return [await run('rollback --reason recorded')];
      case 'goingBack':
        return [];
    }
  }

  const stage = {
    outcomes,
    configs,
    get isTimed() {
      return config?.includes('timer: engine') ?? false;
    },
    async perform(acted: Acted, rests: boolean) {
      const own: Rest[] = states.slice(-1);
      states = own;
      const commands = commandsFor(acted);
      const ended = Promise.all([running, commands]);
      running = ended.catch(() => {});
      const ticked: Ran[] = [];
      if (acted.number === asks) {
        await shop.wait(ASKED_AFTER);
        ticked.push(await run('status'));
      }
      const outcome = (came: readonly Ran[] | number): Outcome => ({
        acted,
        commands: [...(typeof came === 'number' ? [] : came), ...ticked],
        answer: typeof came === 'number' ? came : null,
        states: own,
        settled: rests,
      });
      outcomes.push(() => commands.then(outcome));
      if (!rests) {
        await shop.wait(BRIEF);
        return;
      }
      await ended;
      await settle();
      if (config === null || isFirst) return;
      // As the schedule of a workflow does.
      const tick = await run('tick');
      ticked.push(tick);
      if (tick.writes.length > 0) await settle();
    },
    async reach(rest: Rest, longest: number) {
      const begun = world.timeline.now();
      while (standing(states.at(-1)) !== standing(rest) && world.timeline.now() - begun < longest) await shop.wait(20);
    },
  };
  return stage;
}

/** The line of the Rollout. */
export function standing(rest: Rest | undefined): string {
  return rest?.['Rollout demo'] ?? '';
}

function namespaceOf(detail: unknown): string {
  return textAt(detail, 'metadata', 'namespace') || textAt(detail, 'object', 'metadata', 'namespace');
}

function isIn(group: string, object: JsonMap): boolean {
  return textAt(object, 'apiVersion').startsWith(group === '' ? 'v1' : `${group}/`);
}

function text(object: JsonMap): string {
  return `${JSON.stringify(object, null, 2)}\n`;
}

/** Lets the engine's own clock leave the steps that it left in the recording, as the comment of the imported config says. */
function withTimers(config: string): string {
  return config.replace(
    /^( *)leaveWhen:\n *- soak: .*$/gm,
    (lines, indent: string) => `${lines}\n${indent}timer: engine`,
  );
}
