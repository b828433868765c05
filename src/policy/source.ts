import { complain, type Reader } from '../config/check.ts';
import { fillPath, parsePath } from '../config/formats.ts';
import { quoted } from '../config/found.ts';
import type { Path } from '../config/yaml.ts';
import type { Source } from '../release/delivery.ts';
import { at, isObject, type JsonObject, listAt, stringAt } from '../release/json.ts';

/**
 * The version of Kubernetes that the templates of a chart see where a source says none. A constant: a commit renders the same with every
 * helm, and for every cluster.
 */
export const KUBE_VERSION = '1.34.0';

/** Reads the source of a delivery, with `{env}` and `{name}` replaced. Complains about a path that lacks its environment. */
export function readSource(reader: Reader, path: Path, names: { env: string | null; name: string }): Source {
  const root = reader.document.value;
  const fill = (place: Path, text: string): string => {
    const filled = fillPath(text, names);
    if ('value' in filled) return filled.value;
    complain(reader, { path: place, says: filled.wrong, hint: filled.hint });
    return '';
  };
  const pathAt = (...place: Path): string => {
    const parsed = parsePath(stringAt(root, ...path, ...place) ?? '');
    return 'wrong' in parsed ? '' : fill([...path, ...place], parsed.value);
  };
  const pathsAt = (...place: Path) => listAt(root, ...path, ...place).map((_, index) => pathAt(...place, index));
  if (stringAt(root, ...path, 'kustomize') !== null) return { kind: 'kustomize', folder: pathAt('kustomize') };
  if (!isObject(at(root, ...path, 'helm'))) return { kind: 'files', patterns: pathsAt('files') };
  const place = [...path, 'helm', 'release'];
  const release = fill(place, stringAt(root, ...place) ?? '{name}');
  if (release.length > 53) {
    const hint = 'write a shorter release: helm takes at most 53 letters';
    complain(reader, {
      path: at(root, ...place) === undefined ? [...path, 'helm'] : place,
      says: `makes the release ${quoted(release)}`,
      hint,
    });
  }
  return {
    kind: 'helm',
    chart: pathAt('helm', 'chart'),
    values: pathsAt('helm', 'values'),
    release,
    kubeVersion: (stringAt(root, ...path, 'helm', 'kubeVersion') ?? KUBE_VERSION).replace(/^v/, ''),
    apiVersions: listAt(root, ...path, 'helm', 'apiVersions').filter((one) => typeof one === 'string'),
  };
}

/** A source as the config writes it, with every default spelled out. */
export function sourceToJson(source: Source): JsonObject {
  switch (source.kind) {
    case 'files':
      return { files: source.patterns };
    case 'kustomize':
      return { kustomize: source.folder };
    case 'helm': {
      const { kind: _, ...chart } = source;
      return { helm: chart };
    }
  }
}

/** A source as a person writes it: without defaults. */
export function writtenSource(source: Source): JsonObject {
  if (source.kind !== 'helm') return sourceToJson(source);
  const { chart, values, release, kubeVersion, apiVersions } = source;
  return {
    helm: {
      chart,
      ...(values.length === 0 ? {} : { values }),
      release,
      ...(kubeVersion === KUBE_VERSION ? {} : { kubeVersion }),
      ...(apiVersions.length === 0 ? {} : { apiVersions }),
    },
  };
}
