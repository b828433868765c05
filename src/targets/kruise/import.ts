import { byCommand } from '../../gates/approval.ts';
import { soakOf } from '../../gates/soak.ts';
import type { Condition, Delivery, Step, Style } from '../../release/delivery.ts';
import { inputError } from '../../release/error.ts';
import type { Imported } from '../../release/imported.ts';
import { numberAt, objectAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { refusesStyle } from './check.ts';
import { deliveryOf } from './delivery-of.ts';
import { storedForm } from './dialect/from-v1alpha1.ts';
import { passesAsLast } from './forecast.ts';
import { DELIVERY_ANNOTATION, ROLLOUT } from './keys.ts';
import { blockOf, styleOf } from './strategy.ts';
import { unsaidBy } from './unsaid.ts';
import { kindNames, kindOf } from './workloads/index.ts';

/** The config's form of a Rollout that stepgate did not write: a live one, or a manifest of either version. */
export function importOf(rollout: KubeObject, namespace: string | null): Imported {
  const stored = storedForm(rollout);
  const delivery = deliveryFrom(stored.rollout, namespace);
  return { delivery, unsaid: unsaidBy(delivery, rollout, stored) };
}

function deliveryFrom(rollout: KubeObject, namespace: string | null): Delivery {
  const { kind, name } = workloadIn(rollout);
  const style = styleFor(rollout, kind);
  const metadata = objectAt(rollout, 'metadata');
  const annotations = objectAt(metadata, 'annotations');
  const delivery = stringAt(annotations, DELIVERY_ANNOTATION)?.split('@', 1)[0] ?? labelFrom(name);
  const named = {
    ...metadata,
    namespace: stringAt(metadata, 'namespace') ?? namespace ?? '',
    annotations: { ...annotations, [DELIVERY_ANNOTATION]: delivery },
  };
  const told = deliveryOf({ ...rollout, metadata: named });
  if (told === null) throw new Error(`${titleOf(rollout)} was a delivery a moment ago`);
  const last = told.steps.length - 1;
  const steps = told.steps.map((step, index): Step => {
    const passes = index === last && passesAsLast(style, step.replicas);
    const pause = numberAt(blockOf(rollout), 'steps', index, 'pause', 'duration');
    return { ...step, leaveWhen: passes ? [] : leaveWhen(pause), timer: 'stepgate' };
  });
  return { ...told, style, steps };
}

/** Without a duration, the engine waits for a person, whether or not the pause is set. With 0 seconds it does not wait. */
function leaveWhen(seconds: number | null): readonly Condition[] {
  if (seconds === null) return [byCommand];
  return seconds > 0 ? [soakOf(seconds)] : [];
}

function workloadIn(rollout: KubeObject): { readonly kind: string; readonly name: string } {
  const ref = objectAt(rollout, 'spec', 'workloadRef');
  const [apiVersion, kind, name] = ['apiVersion', 'kind', 'name'].map((key) => stringAt(ref, key) ?? '');
  if (!apiVersion || !kind || !name) {
    throw inputError('SOURCE_INVALID', `${titleOf(rollout)} does not say which workload it moves`, {
      hint: 'give it a workloadRef with apiVersion, kind and name',
    });
  }
  const row = kindOf(ref);
  if (row !== null) return { kind: row.name, name };
  throw inputError(
    'NOT_SUPPORTED',
    `${titleOf(rollout)} moves the ${kind} ${name} of ${apiVersion}, which stepgate does not release yet`,
    { hint: `leave this Rollout as it is; what works: ${kindNames.join(', ')}` },
  );
}

/** Only some kinds can have the extra workload. For the others the engine ignores the flag, and moves pods in place. */
function styleFor(rollout: KubeObject, kind: string): Style {
  const style = styleOf(rollout);
  if (style === null) {
    throw inputError('SOURCE_INVALID', `${titleOf(rollout)} has no strategy that the engine knows`, {
      hint: 'give it spec.strategy.canary or spec.strategy.blueGreen with steps',
    });
  }
  const ignored = style === 'canary' && refusesStyle(kind, style) !== null;
  return ignored && refusesStyle(kind, 'partition') === null ? 'partition' : style;
}

/** The name of an object. Items of a List may have no kind of their own. */
function titleOf(rollout: KubeObject): string {
  return `${ROLLOUT.kind}/${stringAt(rollout, 'metadata', 'name') ?? '?'}`;
}

/** The delivery name for a workload's name. Names of deliveries have no dots, and at most 63 characters. */
function labelFrom(name: string): string {
  return name
    .replaceAll('.', '-')
    .slice(0, 63)
    .replace(/(?<!-)-+$/, '');
}
