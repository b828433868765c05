import { complainUnknown } from '../config/check.ts';
import { keys, text } from '../config/shapes.ts';
import { parseDuration, parsedValue } from '../config/time.ts';
import { formatDuration } from '../release/delivery.ts';
import { factOf, type Job } from '../release/fact.ts';
import type { WorkflowRun } from '../release/forge.ts';
import { objectAt, stringAt } from '../release/json.ts';
import { gone, goneWords } from './gone.ts';
import { type Entries, plain, type Row } from './row.ts';

declare module '../release/delivery.ts' {
  interface Conditions {
    /** `gone`: today's config has no entry of that name, so the gate never opens; the other values are from the old entry. */
    job: { readonly job: Job; readonly gone?: true };
  }
  interface Catalog {
    readonly jobs: ReadonlyMap<string, Job>;
  }
}

const TIMEOUT = 3600;

/**
 * Open once a run of a workflow for this release and step has succeeded. stepgate starts the run when the step waits, and finds
 * it again by its title, so the title has to have the delivery, the release and the step.
 */
export const job: Row<'job'> = {
  ...plain,
  inConfig: {
    key: {
      about: 'a workflow that is run for the step has succeeded: the name of an entry of jobs',
      shape: text('word'),
    },
    example: 'job: NAME',
    alone: null,
    read(name, { reader, path, catalog: { jobs: known } }) {
      const found = known.get(name);
      if (found !== undefined) return { kind: 'job', name, job: found };
      complainUnknown(reader, { path: [...path, 'job'], name, known, of: 'jobs' });
      return null;
    },
  },
  judge({ name, job: one, gone: isGone }, { evidence: { now, runnerNow = now, asked } }) {
    if (isGone) return gone('jobs', name, now);
    const fact = factOf(asked, 'run', name);
    const source = `the runs of ${one.workflow}`;
    const base = { source, observedAt: fact?.observedAt ?? now };
    const waits = { by: 'job', starts: null } as const;
    const shut = { ...base, is: 'shut', until: null, missing: [`a run of ${one.workflow} that succeeds`] } as const;
    if (fact === undefined) return { ...shut, opener: waits, why: 'it was not asked for' };
    if (fact.found.is === 'unknown') return { ...shut, opener: waits, why: fact.found.why };
    const run = fact.found.value;
    if (run === null) {
      return {
        ...shut,
        opener: { by: 'job', starts: { name, job: one } },
        why: 'no run of it was started for this step yet',
      };
    }
    return { ...judgeRun(run, one, runnerNow), ...base, missing: shut.missing };
  },
  words: ({ name, gone: isGone }) => (isGone ? `job ${name}: ${goneWords('jobs', name)}` : `job ${name}`),
  isForceable: false,
  needs: ({ name, job: one, gone: isGone }) => (isGone ? [] : [{ is: 'run', name, job: one }]),
  print: ({ name, job: { workflow, timeoutSeconds } }) => ({
    job: name,
    workflow,
    timeout: formatDuration(timeoutSeconds),
  }),
  inDigest: ({ job: { workflow, timeoutSeconds } }) => ({ workflow, timeoutSeconds }),
  today: ({ kind, name, job: started }, { jobs: known }) =>
    known.has(name) ? { kind, name, job: started } : { kind, name, job: started, gone: true },
};

function judgeRun({ status, conclusion, createdAt, url }: WorkflowRun, { timeoutSeconds }: Job, now: Date) {
  const opener = { by: 'job', starts: null } as const;
  if (status === 'completed') {
    if (conclusion === 'success') return { is: 'open', why: `its run has succeeded (${url})` } as const;
    const why = `its run ended with ${conclusion ?? 'no result'} (${url}): start it again there, or roll back`;
    return { is: 'failed', until: null, opener, why } as const;
  }
  const seconds = Math.floor((now.getTime() - createdAt.getTime()) / 1000);
  if (seconds <= timeoutSeconds) return { is: 'shut', until: null, opener, why: `its run goes on (${url})` } as const;
  const why = `its run has no result after ${formatDuration(timeoutSeconds)} (${url})`;
  return { is: 'failed', until: null, opener, why } as const;
}

export const jobs: Entries<ReadonlyMap<string, Job>> = {
  key: {
    about: 'workflows that gates run, by name',
    shape: {
      is: 'names',
      names: 'word',
      of: keys({
        workflow: {
          about:
            'the file of a workflow with workflow_dispatch and the inputs delivery, release and step, all three in its run-name',
          shape: text('workflowFile'),
          required: true,
        },
        timeout: { about: 'how long its run may take; 1h by default', shape: text('duration') },
      }),
    },
  },
  read(reader) {
    const found = new Map<string, Job>();
    for (const [name, entry] of Object.entries(objectAt(reader.document.value, 'jobs'))) {
      const workflow = stringAt(entry, 'workflow');
      const timeout = parsedValue(parseDuration(stringAt(entry, 'timeout') ?? ''));
      if (workflow !== null) found.set(name, { workflow, timeoutSeconds: timeout ?? TIMEOUT });
    }
    return found;
  },
};
