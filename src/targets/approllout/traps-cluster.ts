import type { Finding } from '../../release/finding.ts';
import { at, numberAt, objectAt, same, stringAt, textsAt } from '../../release/json.ts';
import { isUnderWay } from '../../release/observation.ts';
import type { KubeObject } from '../../release/ports.ts';
import { DELIVERY_ANNOTATION } from '../kruise/keys.ts';
import { titleOf } from '../kruise/manifests.ts';
import { finding, listed } from '../kruise/trap-input.ts';
import { APPLICATION_REVISION } from '../vela/application.ts';
import { APPLICATION } from '../vela/keys.ts';
import { isAtEnd } from './aim.ts';
import { APP_ROLLOUT, COMPONENT_LABEL, TEMPLATE_ANNOTATION, VELA_VERSION_ANNOTATION } from './keys.ts';
import type { Look, Trap } from './look.ts';
import { rolloutOf as expectedRollout, planDifferences } from './plan.ts';
import { specOf, statusOf } from './status.ts';

const nameOf = (object: KubeObject) => stringAt(object, 'metadata', 'name') ?? '';

/** The live Application of the delivery; null when there is none, or it was not read. */
function applicationOf({ rendered, around }: Look): KubeObject | null {
  const name = rendered.carrier === null ? '' : nameOf(rendered.carrier);
  return listed(around, APPLICATION)?.find((one) => nameOf(one) === name) ?? null;
}

function rolloutOf({ delivery, around }: Look): KubeObject | null {
  return listed(around, APP_ROLLOUT)?.find((one) => nameOf(one) === delivery.workload.name) ?? null;
}

function revisionsOf({ around }: Look): ReadonlyMap<string, KubeObject> | null {
  const found = listed(around, APPLICATION_REVISION);
  return found === null ? null : new Map(found.map((one) => [nameOf(one), one]));
}

/** The source of the next rollout is what the last one moved to. Without a source KubeVela changes only the size. */
const notAdopted: Trap = (look) => {
  const { around, title } = look;
  if (listed(around, APP_ROLLOUT) === null) return [];
  const [rollout, application] = [rolloutOf(look), applicationOf(look)];
  const says = (text: string, fact: string) =>
    finding(
      'error',
      'NOT_ADOPTED',
      text,
      [fact],
      'give the component another name: what runs already is not taken over so far (docs/approllout.md#what-is-missing)',
    );
  if (rollout !== null) {
    const isOurs = stringAt(rollout, 'metadata', 'annotations', DELIVERY_ANNOTATION) !== null;
    if (isOurs || isAtEnd(rollout)) return [];
    return says(`${titleOf(rollout)} is somebody else's, and not at its end`, `it is at ${statusOf(rollout).rolling}`);
  }
  if (application !== null && (stringAt(application, 'metadata', 'annotations', TEMPLATE_ANNOTATION) ?? '') === '') {
    const fact = `${titleOf(application)} has no annotation ${TEMPLATE_ANNOTATION}`;
    return says(`KubeVela makes ${title} by itself, with all pods at once`, fact);
  }
  if (around.workload === null) return [];
  return says(`${title} runs, and no AppRollout says which revision it is`, 'there is no AppRollout of that name');
};

/** The component's revision loses its name in v1.1.1 to v1.1.13, and a Deployment is named after it. */
const deploymentHangs: Trap = (look): readonly Finding[] => {
  if (look.delivery.workload.kind !== 'Deployment') return [];
  const live = applicationOf(look);
  const version = live === null ? null : stringAt(live, 'metadata', 'annotations', VELA_VERSION_ANNOTATION);
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version ?? '');
  const [major, minor, patch] = (parts ?? []).slice(1).map(Number);
  const isOld = major === 1 && minor === 0;
  if (isOld || (major === 1 && minor === 1 && patch === 0)) return [];
  const isKnown = parts !== null;
  const at = isKnown ? `KubeVela ${version}` : 'KubeVela v1.1.1 to v1.1.13';
  return finding(
    isKnown ? 'error' : 'warning',
    'KUBEVELA_VERSION',
    `${at} never moves a pod of ${look.title}: an AppRollout of a Deployment stays in locatingTargetApp, without a message`,
    [
      isKnown ? `${VELA_VERSION_ANNOTATION} ${version} of the Application` : 'the version of KubeVela is not known',
      'seen with v1.1.13; v1.1.0 works; what lies between was read',
    ],
    'use a CloneSet, or KubeVela v1.1.0, or target: kruise',
  );
};

/** A missing revision is waited for without a message. */
const revisionMissing: Trap = (look) => {
  const [rollout, revisions] = [rolloutOf(look), revisionsOf(look)];
  if (rollout === null || revisions === null) return [];
  const { lastTarget } = statusOf(rollout);
  const { source, target } = specOf(rollout);
  const needed = new Map([
    // The next release leaves the revision that runs.
    [lastTarget ?? target, 'the revision that runs, from which the next rollout starts'],
    ...(source === null ? [] : [[source, 'the revision that a rollback goes back to'] as const]),
  ]);
  return [...needed].flatMap(([name, what], index) => {
    if (name === '' || revisions.has(name)) return [];
    return finding(
      index === 0 ? 'error' : 'warning',
      'REVISION_MISSING',
      `${name} is gone, ${what}: KubeVela waits for it for ever, and says nothing`,
      [
        `${titleOf(rollout)} names ${name}`,
        `ApplicationRevisions there: ${[...revisions.keys()].join(', ') || 'none'}`,
      ],
      'apply the content of that revision again under another Application, or delete the AppRollout and deploy anew',
    );
  });
};

/** The next number follows the newest revision in the status, whatever others there are. */
const revisionReused: Trap = (look) => {
  const [application, revisions] = [applicationOf(look), revisionsOf(look)];
  const { carrier } = look.rendered;
  if (application === null || revisions === null || carrier === null) return [];
  const spec = objectAt(carrier, 'spec');
  const specIn = (one: KubeObject) => at(one, 'spec', 'application', 'spec') ?? null;
  // An older content gets its own revision back.
  if ([...revisions.values()].some((one) => same(specIn(one), spec))) return [];
  const newest = numberAt(application, 'status', 'latestRevision', 'revision') ?? 0;
  const name = `${nameOf(application)}-v${newest + 1}`;
  if (!revisions.has(name)) return [];
  const rollout = rolloutOf(look);
  const runs = rollout === null ? null : (statusOf(rollout).lastTarget ?? specOf(rollout).target);
  const isRunning = runs === name;
  return finding(
    isRunning ? 'error' : 'warning',
    'REVISION_REUSED',
    isRunning
      ? `KubeVela would call this content ${name}, which ${look.title} runs with another content: it would find nothing to do`
      : `KubeVela would call this content ${name} and overwrite the revision of that name: nobody can go back to it any more`,
    [`${titleOf(application)} is at revision ${newest}`, `${name} is there already, with another content`],
    isRunning
      ? 'apply the content that runs again first, so that the numbers go on'
      : `delete ApplicationRevision ${name}, or live with that`,
  );
};

/** A rollout may let a Deployment grow, and nothing else. */
const sizeDiffers: Trap = ({ delivery, around, size, title }) => {
  const live = around.workload === null ? null : (numberAt(around.workload, 'spec', 'replicas') ?? 1);
  if (live === null || live === 0 || live === size) return [];
  if (delivery.workload.kind === 'Deployment' && size > live) return [];
  return finding(
    'error',
    'SIZE_DIFFERS',
    `${title} has ${live} pods, and the source asks for ${size}: KubeVela changes the size in a rollout of its own, and would end this one`,
    [`${title} has ${live} pods in the cluster`, `the source asks for ${size}`],
    'change the size first, with the version that runs, or write the size that it has',
  );
};

/** KubeVela goes on from the batch that it is at, by the batches that are there then. */
const planChanged: Trap = (look) => {
  const { delivery, observation, title } = look;
  const live = rolloutOf(look);
  if (live === null || !isUnderWay(observation.engine)) return [];
  const differences = planDifferences(expectedRollout(delivery), live);
  if (differences.length === 0) return [];
  return finding(
    'error',
    'PLAN_CHANGED_MIDWAY',
    `the plan of ${title} is another one than that of the release under way, and stepgate changes no batches of a rollout that runs`,
    differences,
    'let the release end, or roll it back',
  );
};

const secondRollout: Trap = ({ delivery, around, rendered, title }) => {
  const application = rendered.carrier === null ? '' : nameOf(rendered.carrier);
  const others = (listed(around, APP_ROLLOUT) ?? []).filter((one) => {
    if (nameOf(one) === delivery.workload.name) return false;
    const { target } = specOf(one);
    const names = textsAt(one, 'spec', 'componentList');
    const isOfApplication = target.slice(0, target.lastIndexOf('-v')) === application;
    return isOfApplication && (names.length === 0 || names.includes(delivery.workload.name));
  });
  return others.flatMap((one) =>
    finding(
      'error',
      'SECOND_ROLLOUT',
      `${titleOf(one)} moves ${title} too: the one that comes second ends, because the other owns the workload`,
      [`${COMPONENT_LABEL} ${delivery.workload.name}, of Application ${application}`],
      `delete ${titleOf(one)} when it is at its end, and never both at once`,
    ),
  );
};

export const ofCluster: readonly Trap[] = [
  notAdopted,
  deploymentHangs,
  revisionMissing,
  revisionReused,
  sizeDiffers,
  planChanged,
  secondRollout,
];
