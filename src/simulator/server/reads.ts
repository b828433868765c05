import { notFound, Refusal } from '../api/answers.ts';
import type { Json } from '../api/json.ts';
import { apiVersionOf, type KindInfo, resourceName } from '../api/kinds.ts';
import { fieldSelector, labelSelector } from '../api/selectors.ts';
import type { Thing } from '../api/things.ts';
import { logOf } from '../workloads/logs.ts';
import {
  type Action,
  type Asked,
  type Backend,
  type Collection,
  callOf,
  isTrue,
  type Log,
  type Target,
  versioned,
} from './asked.ts';
import { reviewIn, servedIn } from './places.ts';

export function get({ world }: Backend, place: Target, asked: Asked): Action {
  const { info, version } = place;
  return {
    is: 'answer',
    call: callOf('get', place, asked),
    perform() {
      const found = world.api.get(info.id, place.namespace ?? '', place.name);
      if (found === undefined) throw notFound(resourceName(info), place.name);
      return { code: 200, body: versioned(found, info, version) };
    },
  };
}

export function log({ world }: Backend, place: Log, asked: Asked): Action {
  const { info, namespace, name } = place;
  const { query } = asked;
  return {
    is: 'answer',
    call: callOf('get', place, asked),
    perform() {
      const pod = world.api.get('Pod', namespace, name);
      if (pod === undefined) throw notFound(resourceName(info), name);
      const text = logOf(pod, { container: query.get('container') ?? '', previous: isTrue(query, 'previous') });
      return { code: 200, text };
    },
  };
}

export function list({ pages }: Backend, place: Collection, asked: Asked): Action {
  const { info, version, namespace } = place;
  const { query } = asked;
  const narrowed = query.has('labelSelector') || query.has('fieldSelector');
  const wanted = narrowed ? selected(query) : null;
  const limit = query.get('limit') ?? '';
  if (!/^\d*$/.test(limit)) throw notANumber(limit);
  return {
    is: 'answer',
    call: callOf('list', place, asked),
    perform() {
      const page = pages.page({
        kind: info.id,
        namespace,
        wanted,
        limit: Number(limit) === 0 ? null : Number(limit),
        from: query.get('continue') || null,
      });
      // As in the real server: items of a list have apiVersion and kind only for custom resources.
      const item = (thing: Thing): Json => {
        if (isCustom(info)) return versioned(thing, info, version);
        const { apiVersion: _version, kind: _kind, ...rest } = versioned(thing, info, version);
        return rest;
      };
      return {
        code: 200,
        body: {
          kind: `${info.kind}List`,
          apiVersion: apiVersionOf(info, version),
          metadata: {
            resourceVersion: String(page.version),
            ...(page.next === null ? {} : { continue: page.next }),
            ...(page.remaining === null ? {} : { remainingItemCount: page.remaining }),
          },
          items: page.items.map(item),
        },
      };
    },
  };
}

export function watching(place: Collection, asked: Asked): Action {
  const { query } = asked;
  const since = query.get('resourceVersion') ?? '';
  const seconds = query.get('timeoutSeconds');
  if (!/^\d*$/.test(since)) {
    const text = JSON.stringify(since);
    throw new Refusal(
      500,
      '',
      `resourceVersion: Invalid value: ${text}: strconv.ParseUint: parsing ${text}: invalid syntax`,
    );
  }
  if (seconds !== null && !/^\d+$/.test(seconds)) throw notANumber(seconds);
  const { info, version, namespace } = place;
  return {
    is: 'watch',
    call: callOf('watch', place, asked),
    watching: {
      info,
      version,
      namespace,
      labelSelector: query.get('labelSelector') ?? '',
      fieldSelector: query.get('fieldSelector') ?? '',
      wanted: selected(query),
      since: Number(since) === 0 ? null : Number(since),
      bookmarks: isTrue(query, 'allowWatchBookmarks'),
      seconds: seconds === null || Number(seconds) === 0 ? null : Number(seconds),
    },
  };
}

export function resources(serves: (kind: string) => boolean, group: string, version: string): Json {
  const info = reviewIn(group, version);
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources:
      info !== null
        ? [
            {
              name: info.plural,
              singularName: info.kind.toLowerCase(),
              namespaced: info.namespaced,
              kind: info.kind,
              verbs: ['create'],
            },
          ]
        : servedIn(serves, group, version).flatMap(({ plural, kind, namespaced, status }) => {
            const resource = { name: plural, singularName: kind.toLowerCase(), namespaced, kind };
            const verbs = ['create', 'delete', 'get', 'list', 'patch', 'watch'];
            const sub = { ...resource, name: `${plural}/status`, singularName: '', verbs: ['get', 'patch'] };
            return status ? [{ ...resource, verbs }, sub] : [{ ...resource, verbs }];
          }),
  };
}

function selected(query: URLSearchParams): (thing: Thing) => boolean {
  const labels = labelSelector(query.get('labelSelector') ?? '');
  const fields = fieldSelector(query.get('fieldSelector') ?? '');
  return (thing) => labels(thing) && fields(thing);
}

function isCustom({ group }: KindInfo): boolean {
  return group.includes('.') && !['rbac.authorization.k8s.io', 'networking.k8s.io'].includes(group);
}

function notANumber(text: string): Refusal {
  return new Refusal(400, 'BadRequest', `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}
