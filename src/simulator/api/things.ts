import { isMap, type Json, type JsonMap } from './json.ts';

export interface OwnerRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ManagedField {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: Json;
  readonly subresource?: string;
}

export interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerRef[];
  readonly managedFields?: readonly ManagedField[];
}

/** A stored object. Controllers read its spec and status with a type. */
export interface Thing {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Meta;
}

/** The object as JSON. */
export function asMap(thing: Thing): JsonMap {
  return isMap(thing) ? thing : {};
}

/** The managedFields of an object; invalid entries are left out. */
export function managedFieldsOf(value: JsonMap): readonly ManagedField[] {
  const metadata = value['metadata'];
  const entries: unknown = isMap(metadata) ? metadata['managedFields'] : undefined;
  if (!isList(entries)) return [];
  return entries.every(isManagedField) ? entries : entries.filter(isManagedField);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isManagedField(entry: unknown): entry is ManagedField {
  return isMap(entry) && typeof entry['manager'] === 'string';
}

export function labelOf(thing: Thing | undefined, key: string): string {
  return thing?.metadata.labels?.[key] ?? '';
}

export function annotationOf(thing: Thing | undefined, key: string): string {
  return thing?.metadata.annotations?.[key] ?? '';
}

export function controllerOf(thing: Thing): OwnerRef | undefined {
  return thing.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

export function controllerRef(thing: Thing): OwnerRef {
  return {
    apiVersion: thing.apiVersion,
    kind: thing.kind,
    name: thing.metadata.name,
    uid: thing.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function isGoing(thing: Thing): boolean {
  return thing.metadata.deletionTimestamp !== undefined;
}

export function namespaceOf(thing: Thing): string {
  return thing.metadata.namespace ?? '';
}

/** The key of an object for controllers. */
export function keyOf({ metadata: { namespace = '', name } }: Thing): string {
  return `${namespace}/${name}`;
}

/** Which labels an object asks for. */
export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export function selects(
  { matchLabels = {}, matchExpressions = [] }: Selector,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  const meets = ({ key, operator, values = [] }: NonNullable<Selector['matchExpressions']>[number]) => {
    const label = labels[key];
    if (operator === 'Exists' || operator === 'DoesNotExist') return (label !== undefined) === (operator === 'Exists');
    return (label !== undefined && values.includes(label)) === (operator === 'In');
  };
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) && matchExpressions.every(meets);
}
