import { apiVersionOf, reviews } from '../api/kinds.ts';
import { type Action, type Asked, type Backend, callOf, checkType, checkVersion, type Review } from './asked.ts';
import { objectIn } from './bodies.ts';

/** Answers a SelfSubjectReview with the user of the request; nothing is stored. */
export function review({ world }: Backend, place: Review, asked: Asked): Action {
  checkType(asked.contentType, ['application/json']);
  checkVersion(reviews, place.version, objectIn(asked.body, 'the object provided is unrecognized'));
  const { username, groups } = asked.user;
  return {
    is: 'answer',
    call: callOf('review', place, asked),
    perform: () => ({
      code: 201,
      body: {
        kind: reviews.kind,
        apiVersion: apiVersionOf(reviews, place.version),
        metadata: { creationTimestamp: `${new Date(world.timeline.now()).toISOString().slice(0, 19)}Z` },
        status: { userInfo: { username, groups: [...groups] } },
      },
    }),
  };
}
