import { placeAhead } from '../release/ahead.ts';
import type { Fact } from '../release/fact.ts';
import { type Forge, isForge, type WorkflowRun } from '../release/forge.ts';
import type { AskedFor } from '../release/record.ts';
import { titleNames } from '../release/run-title.ts';
import type { Need } from '../release/verdict.ts';
import { type Asked, known, unknown } from '../release/vote.ts';
import { askFact } from './answers.ts';
import { unknownBy } from './forge-answers.ts';
import type { Observed, Work } from './work.ts';

/** How long an answer may be used while nothing depends on it. Milliseconds. */
const USABLE_FOR = 30_000;

type FactNeed = Extract<Need, { readonly is: 'state' | 'run' }>;

/** What the forge says about checks of the release's commit, and about the runs of workflows for its present place. */
export async function forgeFacts(
  work: Work,
  observed: Observed,
  needs: readonly Need[],
  how: 'known' | 'anew',
): Promise<readonly Fact[]> {
  const wanted = needs.filter((need) => need.is === 'state' || need.is === 'run');
  const { release } = observed.record;
  if (wanted.length === 0 || release === null) return [];
  const forge = await work.context.forge();
  return Promise.all(
    wanted.map((need) => factOf(work, { forge, release, place: placeAhead(work.delivery, observed) }, need, how)),
  );
}

interface About {
  readonly forge: Awaited<ReturnType<Work['context']['forge']>>;
  readonly release: AskedFor;
  readonly place: number;
}

async function factOf(work: Work, about: About, need: FactNeed, how: 'known' | 'anew'): Promise<Fact> {
  const { context } = work;
  const { forge, release, place } = about;
  const observedAt = context.clock.now();
  const { name } = need;
  if (!isForge(forge)) return { is: need.is, name, observedAt, found: unknown(forge.missing) };
  if (need.is === 'run' && work.policy.branch === null) {
    const why = 'only runs on the branch of the policy count, and this clone has no remote';
    return { is: 'run', name, observedAt, found: unknown(why) };
  }
  const key = JSON.stringify([need.is, name, release.id, place]);
  return askFact(work, how, { key, usableFor: USABLE_FOR }, async (sentAt) => {
    const of = { name, observedAt: sentAt };
    switch (need.is) {
      case 'state':
        return {
          is: 'state',
          ...of,
          found: await answer(work, () => forge.checkOf(release.commit, name, context.signal)),
        };
      case 'run':
        return { is: 'run', ...of, found: await answer(work, () => runOf(work, forge, need, { release, place })) };
    }
  });
}

async function answer<T>({ context }: Work, question: () => Promise<T>): Promise<Asked<T>> {
  try {
    return known(await question());
  } catch (error) {
    context.signal.throwIfAborted();
    return unknownBy(error);
  }
}

/** The newest run of the workflow on the policy's branch whose title names the delivery, the release and the step. */
async function runOf(
  { context, delivery, policy, answers }: Work,
  forge: Forge,
  { name, job }: Extract<FactNeed, { is: 'run' }>,
  { release, place }: { readonly release: AskedFor; readonly place: number },
): Promise<WorkflowRun | null> {
  const runs = await forge.workflowRuns(job.workflow, 'workflow_dispatch', context.signal);
  const isIts = (run: WorkflowRun) =>
    run.branch === policy.branch?.branch && titleNames(run.title, delivery, { release: release.id, place });
  const listed = runs.find(isIts);
  const started = answers.started.get(jobKey(name, release.id, place));
  if (listed !== undefined || started === undefined) return listed ?? null;
  const own = started.id === null ? null : await forge.workflowRun(started.id, context.signal);
  // Just started: the forge lists a run some seconds later, and its title once it begins.
  return own ?? { ...notListed, file: job.workflow, createdAt: started.at };
}

const notListed: WorkflowRun = {
  ...{
    id: '',
    attempt: 1,
    url: 'not listed yet',
    event: 'workflow_dispatch',
    title: '',
    file: '',
    branch: '',
    commit: '',
  },
  ...{ startedBy: null, createdAt: new Date(0), status: 'queued', conclusion: null },
};

export function jobKey(name: string, release: string, place: number): string {
  return JSON.stringify([name, release, place]);
}
