import { type Key, keys, text } from '../config/shapes.ts';

/** The condition is a word of the format that this version does not do yet. */
export const metric: Key = {
  about: 'a metric is good: the name of an entry of metrics',
  shape: text('word'),
  later: 'wait for an approval or a soak instead',
};

export const metrics: Key = {
  about: 'metrics, by name; read, and not used yet',
  shape: {
    is: 'names',
    names: 'word',
    of: keys({
      prometheus: { about: 'the URL of a Prometheus', shape: text('text'), required: true },
      query: { about: 'a query; {name}, {canary} and {stable} are filled in', shape: text('text'), required: true },
      min: { about: 'the smallest good value', shape: { is: 'number' } },
      max: { about: 'the largest good value', shape: { is: 'number' } },
      for: { about: 'how long it has to be good', shape: text('duration') },
    }),
  },
};
