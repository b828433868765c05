import { Refusal } from '../../src/simulator/api/answers.ts';
import type { Api } from '../../src/simulator/api/api.ts';
import { at, isMap, type Json, type JsonMap, textAt, withAt } from '../../src/simulator/api/json.ts';
import { kinds } from '../../src/simulator/api/kinds.ts';
import type { UserEvent } from './recording.ts';

/** Sends one action, and tells its answer as recordings do. */
export function send(api: Api, namespace: string, action: UserEvent): Pick<UserEvent, 'answer' | 'detail'> {
  const { op, kind, name } = action;
  const sent = at(action.detail, 'error') === undefined ? action.detail : (at(action.detail, 'object') ?? null);
  const config = isMap(sent) ? sent : {};
  const silent = action.answer === 0;
  const manager = 'kubectl';
  try {
    switch (op) {
      case 'server-side apply': {
        // Whether it was forced is not recorded: one that was refused for a conflict was not.
        const options = { manager: 'stepgate', force: action.answer !== 409 };
        const { created } = api.apply(idOf(kind), namespace, name, config, options);
        return { answer: created ? 201 : 200, detail: action.detail };
      }
      case 'merge patch':
      case 'merge patch of status':
      case 'json patch':
      case 'json patch of status': {
        const type = op.startsWith('json') ? 'json' : 'merge';
        const subresource = op.endsWith('of status') ? 'status' : null;
        api.patch(idOf(kind), namespace, name, sent, { manager, type, subresource });
        return { answer: silent ? 0 : 200, detail: action.detail };
      }
      case 'delete':
        api.remove(idOf(kind), namespace, name);
        return { answer: silent ? 0 : 200, detail: action.detail };
      case 'create':
        api.create(idOf(kind), withAt(config, ['metadata', 'namespace'], namespace), { manager });
        return { answer: 0, detail: action.detail };
      case 'kubectl apply':
        kubectlApply(api, namespace, kind, name, config);
        return { answer: 0, detail: action.detail };
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { answer: error.code, detail: { object: sent, error: error.status } };
  }
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Client-side apply: what is configured now, without what was configured last time and is no longer. */
function kubectlApply(api: Api, namespace: string, kind: string, name: string, config: JsonMap): void {
  const manager = 'kubectl-client-side-apply';
  const live = api.get(idOf(kind), namespace, name);
  const wanted = withAt(config, ['metadata', 'annotations', LAST_APPLIED], JSON.stringify(config));
  if (live === undefined) {
    api.create(idOf(kind), wanted, { manager });
    return;
  }
  const last = textAt(live, 'metadata', 'annotations', LAST_APPLIED);
  const previous: unknown = last === '' ? {} : JSON.parse(last);
  const patch = threeWay(isMap(previous) ? previous : {}, wanted);
  api.patch(idOf(kind), namespace, name, patch, { manager, type: 'merge' });
}

function threeWay(previous: JsonMap, wanted: JsonMap): JsonMap {
  const patch: Record<string, Json> = {};
  for (const key of Object.keys(previous)) if (wanted[key] === undefined && key !== 'annotations') patch[key] = null;
  for (const [key, value] of Object.entries(wanted)) {
    const before = previous[key];
    patch[key] = isMap(value) && isMap(before) ? threeWay(before, value) : value;
  }
  return patch;
}

/** Recordings name kinds as the model does. */
function idOf(kind: string): string {
  if (kinds.some(({ id }) => id === kind)) return kind;
  throw new Error(`the embedded cluster does not know the kind ${kind}`);
}
