import { keys, text } from '../../../config/shapes.ts';
import { isObject, type Json, objectAt } from '../../../release/json.ts';
import type { Setting } from './setting.ts';

declare module '../../../release/delivery.ts' {
  interface Settings {
    /** Labels and annotations of the extra Deployment's pods. */
    canaryPods: {
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    };
  }
}

/** Labels and annotations only for the pods of the extra Deployment. They end when it is deleted (T45). */
export const canaryPods: Setting<'canaryPods'> = {
  key: {
    about: 'labels and annotations for the pods of the extra Deployment of canary style',
    shape: keys(
      {
        labels: { about: 'labels, by name', shape: { is: 'names', names: 'metadataKey', of: text('labelValue') } },
        annotations: { about: 'annotations, by name', shape: { is: 'names', names: 'metadataKey', of: text('text') } },
      },
      { atLeastOne: ['labels', 'annotations'] },
    ),
  },
  read: readIn,
  print: written,
  place: 'strategy',
  field: 'patchPodTemplateMetadata',
  render: written,
  readBack: readIn,
  refusedFor: (_, { style }) =>
    style === 'canary'
      ? null
      : {
          says: `is for the extra Deployment, which ${style} style does not have: the engine would drop it`,
          hint: 'use strategy: canary, or remove it and label the pods in their template',
        },
};

function readIn(found: Json | undefined) {
  if (!isObject(found)) return null;
  const [labels, annotations] = [textsIn(found['labels']), textsIn(found['annotations'])];
  return Object.keys({ ...labels, ...annotations }).length === 0 ? null : { labels, annotations };
}

function written({ labels, annotations }: { readonly labels: Json; readonly annotations: Json }): Json {
  const full = (map: Json) => Object.keys(objectAt({ map }, 'map')).length > 0;
  return { ...(full(labels) ? { labels } : {}), ...(full(annotations) ? { annotations } : {}) };
}

function textsIn(found: Json | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(objectAt({ found }, 'found')).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}
