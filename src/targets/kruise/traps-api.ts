import type { Finding } from '../../release/finding.ts';
import { stringAt } from '../../release/json.ts';
import { isOfOldEngine } from './dialect/index.ts';
import { unsayable } from './dialect/unsayable.ts';
import { DEPLOYMENT, ROLLOUT } from './keys.ts';
import { listed, nothing, type Trap, titleOfWorkload } from './trap-input.ts';

/** What follows from a cluster that serves only an older version (docs/engine.md#clusters-with-only-the-old-version). */
export const oldApi: Trap = (look) => {
  const version = look.around.olderVersion;
  if (version === undefined) return nothing;
  const facts = [`the server serves no newer version than ${version}`];
  const error = (about: Pick<Finding, 'message' | 'wayOut' | 'key' | 'facts'>): Finding => ({
    code: 'OLD_API',
    severity: 'error',
    ...about,
  });
  return [
    {
      code: 'OLD_API',
      severity: 'note',
      message: `the cluster serves Rollouts only as ${version}: stepgate speaks that version here`,
      facts,
      wayOut: 'nothing; docs/engine.md#clusters-with-only-the-old-version says what such an engine does otherwise',
    },
    ...unsayable(look.rendered.rollout).map(({ key, says, hint }) =>
      error({ message: `${says}, and the engine in this cluster takes no such plan`, facts, wayOut: hint, key }),
    ),
    ...otherHashes(look).map((hashes) =>
      error({
        message: `a rollback to the version that serves now would wait for ever at its first step: for ${titleOfWorkload(look)}, the engine and Kubernetes compute different hashes`,
        facts: [hashes, 'in partition style the engine finds the new pods of a step by its own hash'],
        wayOut: 'write strategy: canary, or install Kruise Rollouts v0.5 or newer',
        key: ['strategy'],
      }),
    ),
  ];
};

/**
 * The two hashes of the template that serves, where they differ; else none. The hash depends on the fields that the engine's
 * Kubernetes libraries know, so an engine of that time has another one in a newer Kubernetes.
 */
function otherHashes({ delivery, observation, around }: Parameters<Trap>[0]): readonly string[] {
  const { workload, servingRevision } = observation;
  if (delivery.style !== 'partition' || delivery.workload.kind !== DEPLOYMENT.kind) return [];
  const rollout = listed(around, ROLLOUT)?.find(
    (one) => stringAt(one, 'metadata', 'name') === delivery.workload.name && isOfOldEngine(one),
  );
  // Otherwise the status is about another template.
  if (rollout === undefined || workload?.seen !== true || servingRevision === null) return [];
  const own = stringAt(rollout, 'status', 'canaryStatus', 'canaryRevision');
  return own === null || own === servingRevision ? [] : [`${own} by the engine, ${servingRevision} by Kubernetes`];
}
