import { type Key, keys, text } from '../config/shapes.ts';

/** The config accepts the entries of metrics; a condition that uses one is refused in this version. */
export const metric: Key = {
  about: 'a metric is in its range: the name of an entry of metrics',
  shape: text('word'),
  later: 'wait for an approval or a soak instead',
};

export const metrics: Key = {
  about: 'metrics, by name; accepted, but not used yet',
  shape: {
    is: 'names',
    names: 'word',
    of: keys({
      prometheus: { about: 'the URL of a Prometheus', shape: text('text'), required: true },
      query: { about: 'a query; {name}, {canary} and {stable} are filled in', shape: text('text'), required: true },
      min: { about: 'the smallest good value', shape: { is: 'number' } },
      max: { about: 'the largest good value', shape: { is: 'number' } },
      for: { about: 'how long the value has to stay in its range', shape: text('duration') },
    }),
  },
};
