import { formatDuration } from '../release/delivery.ts';
import type { JsonObject } from '../release/json.ts';
import type { Metric } from '../release/measured.ts';
import { percent } from './metric-words.ts';

/** A metric as the resolved config prints it. No credential is in it, only where it is read. */
export function printMetric({ server, asks, maxAgeSeconds }: Metric): JsonObject {
  const maxAge = formatDuration(maxAgeSeconds);
  if (asks.is === 'comparison') {
    const { failures, total, atLeast } = asks;
    const [worse, falseAlarms] = [percent(asks.worse), percent(asks.falseAlarms)];
    return { prometheus: server.url, compare: { failures, total, worse, atLeast, falseAlarms }, maxAge };
  }
  const { query, min, max, forSeconds, failedAfterSeconds } = asks;
  return {
    prometheus: server.url,
    query,
    ...(min === null ? {} : { min }),
    ...(max === null ? {} : { max }),
    ...(forSeconds === 0 ? {} : { for: formatDuration(forSeconds) }),
    failedAfter: formatDuration(failedAfterSeconds),
    maxAge,
  };
}
