import type { JsonMap } from '../api/json.ts';
import { accessReviews, apiVersionOf } from '../api/kinds.ts';
import { type Action, type Asked, type Backend, callOf, checkType, checkVersion, type Review } from './asked.ts';
import { objectIn } from './bodies.ts';

/**
 * Answers a SelfSubjectReview with the user of the request, and a SelfSubjectAccessReview with yes: the embedded cluster has no roles.
 * Nothing is stored.
 */
export function review({ world }: Backend, place: Review, asked: Asked): Action {
  checkType(asked.contentType, ['application/json']);
  const { info, version } = place;
  const body = objectIn(asked.body, 'the object provided is unrecognized');
  checkVersion(info, version, body);
  return {
    is: 'answer',
    call: callOf('review', place, asked),
    perform: () => ({ code: 201, body: info === accessReviews ? accessOf(body) : userOf() }),
  };

  function accessOf(body: JsonMap): JsonMap {
    return {
      ...heading(),
      spec: body['spec'] ?? {},
      status: { allowed: true, reason: 'the embedded cluster has no roles' },
    };
  }

  function userOf(): JsonMap {
    const { username, groups } = asked.user;
    return { ...heading(), status: { userInfo: { username, groups: [...groups] } } };
  }

  function heading(): JsonMap {
    const creationTimestamp = `${new Date(world.timeline.now()).toISOString().slice(0, 19)}Z`;
    return { kind: info.kind, apiVersion: apiVersionOf(info, version), metadata: { creationTimestamp } };
  }
}
