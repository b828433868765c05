import { parsedText, textAt } from '../../api/json.ts';
import { annotationOf, controllerOf, controllerRef, type Thing } from '../../api/things.ts';
import type { BatchRelease } from '../types.ts';
import { controlAnnotation } from '../words.ts';

/** The BatchRelease that controls a workload: an owner reference as text. */
export function controlInfo(release: BatchRelease): string {
  return JSON.stringify(controllerRef(release));
}

export function isControlled(release: BatchRelease, object: Thing): boolean {
  return controllerOf(object)?.uid === release.metadata.uid || noted(object, 'uid') === release.metadata.uid;
}

/** The name of the BatchRelease that controls this workload; empty when there is none. */
export function controllingRelease(object: Thing): string {
  return noted(object, 'name');
}

function noted(object: Thing, key: string): string {
  const info = annotationOf(object, controlAnnotation);
  return info === '' ? '' : textAt(parsedText(info), key);
}
