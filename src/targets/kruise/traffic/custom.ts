import { complain } from '../../../config/check.ts';
import { keys, list, text } from '../../../config/shapes.ts';
import type { Wanted } from '../../../release/finding.ts';
import { isObject, listAt, stringAt } from '../../../release/json.ts';
import { groupOf, likelyPlural } from '../../../release/kinds.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { ORIGINAL_SPEC_ANNOTATION } from '../keys.ts';
import { istio } from './istio.ts';
import type { Named, Provider, Sight, Wrong } from './provider.ts';
import { SCRIPTS, withoutScript } from './scripts.ts';

/** An object of any kind that a script of the engine changes. */
export interface CustomRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

declare module '../../../release/delivery.ts' {
  interface Providers {
    custom: readonly CustomRef[];
  }
}

/** The known rules of a kind that the engine has a script for. */
export interface BuiltInKind {
  wrongWithSteps(ref: CustomRef, sight: Sight): readonly Wrong[];
  wrongWith(object: KubeObject, sight: Sight): readonly Wrong[];
}

/** Objects of other kinds, such as an Istio VirtualService. The engine changes each of them with its script for the kind. */
export const custom: Provider<'custom'> = {
  key: {
    about: 'routes of other kinds that the engine has a script for, such as an Istio VirtualService',
    shape: list(
      keys({
        apiVersion: {
          about: 'group and version, such as networking.istio.io/v1',
          shape: text('groupVersion'),
          required: true,
        },
        kind: { about: 'kind of the route', shape: text('kind'), required: true },
        name: { about: 'name of the route', shape: text('subdomain'), required: true },
      }),
      { min: 1 },
    ),
  },
  read(found, { reader, path }) {
    if (!Array.isArray(found)) return null;
    const refs = listAt({ found }, 'found').flatMap((one): readonly CustomRef[] => (isObject(one) ? [refIn(one)] : []));
    for (const [index, ref] of refs.entries()) {
      if (!refs.slice(0, index).some((one) => titleOf(one) === titleOf(ref))) continue;
      complain(reader, {
        path: [...path, index],
        says: `names ${titleOf(ref)} a second time`,
        hint: 'remove one of them',
      });
    }
    return refs;
  },
  print: (refs) => refs.map((ref) => ({ ...ref })),
  inDigest: (refs): { custom?: readonly { readonly [key: string]: string }[] } =>
    refs === null ? {} : { custom: refs.map((ref) => ({ ...ref })) },
  place: 'routing',
  render: (refs) => ({ customNetworkRefs: refs.map((ref) => ({ ...ref })) }),
  readBack(routing) {
    const refs = listAt(routing, 'customNetworkRefs').map(refIn);
    return refs.length === 0 ? null : refs;
  },
  names: (refs) => refs.map(named),
  keepsMatches: false,
  beside: scriptsOf,
  lookups: scriptsOf,
  wrongWithSteps: (refs, sight) =>
    refs.flatMap((ref) => {
      const known = builtIn(ref);
      if (known !== null) return known.wrongWithSteps(ref, sight);
      const key = `lua.traffic.routing.${ref.kind}.${groupOf(ref)}`;
      return withoutScript(`${ref.kind} of ${groupOf(ref)}`, key, sight);
    }),
  wrongWith(object, refs, sight) {
    const ref = refs.find(
      (one) => titleOf(one) === titleOf(refIn({ ...object, name: stringAt(object, 'metadata', 'name') })),
    );
    return ref === undefined ? [] : (builtIn(ref)?.wrongWith(object, sight) ?? []);
  },
  shares: (refs) =>
    refs.map((ref) => ({
      ...named(ref),
      left(object, { namespace }) {
        if (stringAt(object, 'metadata', 'annotations', ORIGINAL_SPEC_ANNOTATION) === null) return null;
        const { kind, name } = ref;
        const resource = `${likelyPlural(kind)}.${groupOf(ref)}`;
        return {
          says: `${kind}/${name} has the engine's copy of its spec from before a release: it may still send requests to the new version`,
          todo: `apply the manifest of ${kind}/${name} again, then: kubectl -n ${namespace} annotate ${resource} ${name} ${ORIGINAL_SPEC_ANNOTATION}-`,
        };
      },
    })),
  // Scripts are not rehearsed, so their objects are not either.
  assumed: () => null,
};

/** The cluster's own scripts, for kinds that the engine has none of its own for. */
function scriptsOf(refs: readonly CustomRef[]): readonly Wanted[] {
  return refs.every((ref) => builtIn(ref) !== null) ? [] : [SCRIPTS];
}

function refIn(found: unknown): CustomRef {
  const textAt = (key: string) => stringAt(found, key) ?? '';
  return { apiVersion: textAt('apiVersion'), kind: textAt('kind'), name: textAt('name') };
}

function named({ apiVersion, kind, name }: CustomRef): Named {
  return { kind: { apiVersion, kind }, name };
}

/** The title has no version, because every version shows the same object. */
function titleOf(ref: CustomRef): string {
  return `${ref.kind}/${ref.name} of ${groupOf(ref)}`;
}

function builtIn(ref: CustomRef): BuiltInKind | null {
  return groupOf(ref) === istio.group && Object.hasOwn(istio.kinds, ref.kind) ? (istio.kinds[ref.kind] ?? null) : null;
}
