import { at, type Json, listAt, mapAt, textAt } from '../../src/simulator/api/json.ts';
import type { Store } from '../../src/simulator/api/store.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import { asSeen, modern, oldKind } from '../../src/simulator/engine/old-rollouts.ts';
import type { Carrier } from './case.ts';
import { idOf, type PlanStep, versionOf, wantedVersion } from './facts.ts';
import type { KindName } from './workloads.ts';

/**
 * Releases by an Application, as its object and those that are made of it show them. Nothing here is stepgate's own reading.
 */

/** The Application of every case that has one. */
export const applicationName = 'site';

/** How an id begins that somebody has typed. */
export const byHand = 'by-hand-';

/** Where the object is that a release writes: the workload, or the Application that has it as a component. */
export interface Written {
  readonly kind: KindName | 'Application';
  readonly name: string;
}

export function writtenIn(store: Pick<Store, 'get'>, { kind, name }: Written): Thing | undefined {
  return store.get(kind, 'shop', name);
}

/** The version that the object says which a release writes. */
export function versionIn(written: Thing | undefined): string {
  return written?.kind === 'Application' ? madeVersion(written) : wantedVersion(written);
}

/** The Application with a component of these manifests' workload. */
export function applicationOf(carrier: Carrier, workload: Manifest): object {
  const { replicas, template } = workload.spec;
  const component =
    carrier.component === 'k8s-objects'
      ? { name: 'shop', type: carrier.component, properties: { objects: [workload] } }
      : {
          name: 'shop',
          type: carrier.component,
          properties: propertiesOf(template),
          traits: [{ type: 'scaler', properties: { replicas } }],
        };
  return {
    apiVersion: 'core.oam.dev/v1beta1',
    kind: 'Application',
    metadata: { name: applicationName },
    spec: { components: [component] },
  };
}

/** A workload in the source. */
export interface Manifest {
  readonly spec: { readonly replicas?: number; readonly template: object };
}

/** What such a component says of the pods. */
function propertiesOf(template: object): object {
  const [container] = listAt(template, 'spec', 'containers');
  const env = listAt(container, 'env');
  return { image: textAt(container, 'image'), ...(env.length === 0 ? {} : { env }) };
}

/** An Application of the source with another template of its pods. */
export function withTemplate(application: object, template: object): object {
  const component = mapAt(application, 'spec', 'components', 0);
  const [own] = listAt(component, 'properties', 'objects');
  const properties =
    own === undefined
      ? propertiesOf(template)
      : { objects: [{ ...mapAt({ own }, 'own'), spec: { ...mapAt(own, 'spec'), template } }] };
  return { ...application, spec: { components: [{ ...component, properties }] } };
}

/** The labels of the pods that are made. */
export function podLabels(carrier: Carrier | null): Readonly<Record<string, string>> {
  return carrier?.component === 'webservice' ? { 'app.oam.dev/component': 'shop' } : { app: 'shop' };
}

/** The version that is made of an Application, as pods show it. */
function madeVersion(application: Thing | undefined): string {
  const properties = at(application, 'spec', 'components', 0, 'properties');
  const [own] = listAt(properties, 'objects');
  if (own !== undefined) return versionOf(at(own, 'spec', 'template'));
  const annotations = mapAt(properties, 'annotations');
  return versionOf({ metadata: { annotations }, spec: { containers: [properties] } });
}

/** The publishVersion of an Application, or of what is made of it. */
export function publishedAs(object: Thing | undefined): string {
  return textAt(object, 'metadata', 'annotations', 'app.oam.dev/publishVersion');
}

/** All of an Application that an edit changes, in a line: each look of KubeVela's at it gives it another resourceVersion. */
export function editOf(application: unknown): string {
  const thing = application as Thing;
  return `${at(application, 'metadata', 'generation')} ${publishedAs(thing)} ${idOf(thing)}`;
}

/** Whether KubeVela may write an object of this Application. */
export function isOwned(object: Thing | undefined): boolean {
  return textAt(object, 'metadata', 'labels', 'app.oam.dev/name') === applicationName;
}

/** The trait of the component that has the steps. */
export function traitIn(application: Thing | undefined): Json | undefined {
  return listAt(application, 'spec', 'components', 0, 'traits').find((one) => textAt(one, 'type') === 'kruise-rollout');
}

/** The steps that it says. */
export function planOfTrait(application: Thing | undefined): readonly PlanStep[] {
  return listAt(traitIn(application), 'properties', 'canary', 'steps').map((step) => {
    const [replicas, weight, pause] = ['replicas', 'weight', 'duration'].map((key) => at(step, key));
    return {
      replicas: typeof replicas === 'number' || typeof replicas === 'string' ? replicas : 0,
      traffic: typeof weight === 'number' ? `${weight}%` : '',
      pause: typeof pause === 'number' ? pause : null,
    };
  });
}

/** A store with Rollouts of the old version alone, as it would be with the new one. */
export function inNewVersion(store: Store): Store {
  const shown = (kind: string, thing: Thing): Thing => (kind === 'Rollout' ? modern(thing) : thing);
  const stored = (kind: string) => (kind === 'Rollout' ? oldKind : kind);
  return {
    ...store,
    get version() {
      return store.version;
    },
    get(kind, namespace, name) {
      const found = store.get(stored(kind), namespace, name);
      return found === undefined ? undefined : shown(kind, found);
    },
    list: (kind, namespace) => store.list(stored(kind), namespace).map((thing) => shown(kind, thing)),
    listen: (listener) => store.listen((change) => listener(asSeen(change))),
  };
}
