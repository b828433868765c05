import { type Action, type Asked, type Backend, callOf, isTrue, notAllowed } from './asked.ts';
import { get, list, log, resources, watching } from './reads.ts';
import { review } from './reviews.ts';
import { create, patch, remove } from './writes.ts';

/** Throws a Refusal for a request that can't be parsed; nothing has happened then. */
export function actionOf(backend: Backend, asked: Asked): Action {
  const { place, method } = asked;
  switch (place.is) {
    case 'resources':
      if (method !== 'GET') throw notAllowed();
      return {
        is: 'answer',
        call: callOf('discover', place, asked),
        perform: () => ({ code: 200, body: resources(backend.world.api.serves, place.group, place.version) }),
      };
    case 'review':
      if (method !== 'POST') throw notAllowed();
      return review(backend, place, asked);
    case 'collection':
      if (method === 'GET') return isTrue(asked.query, 'watch') ? watching(place, asked) : list(backend, place, asked);
      if (method === 'POST') return create(backend, place, asked);
      throw notAllowed();
    case 'log':
      if (method !== 'GET') throw notAllowed();
      return log(backend, place, asked);
    case 'object':
      if (method === 'GET') return get(backend, place, asked);
      if (method === 'PATCH') return patch(backend, place, asked);
      if (method === 'DELETE' && place.subresource === null) return remove(backend, place, asked);
      throw notAllowed();
  }
}
