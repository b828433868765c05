import { isObject, type JsonObject, listAt, stringAt } from '../../release/json.ts';
import { type MetricsAnswer, MetricsError, type MetricsQuery, type Point, type Series } from '../../release/metrics.ts';

/** A longer body is an error, in bytes. */
export const BODY_LIMIT = 4 * 1024 * 1024;
const SERIES_LIMIT = 500;
const POINTS_LIMIT = 20_000;
/** The most characters of the server's own text that a message quotes. */
const TEXT_LIMIT = 500;

/** The answer of `/api/v1/query` before it is checked. Nothing in it is trusted. */
export interface Reply {
  readonly status: number;
  /** The Date header: the server's clock when it answered. */
  readonly date: string | undefined;
  readonly text: string;
  /** Takes secrets out of a text of the server, because a server may repeat the credential that it was sent. */
  readonly hide: (text: string) => string;
}

/**
 * Reads the answer to an instant query of the HTTP API of Prometheus. Throws MetricsError if the answer is not complete, or is
 * not made of numbers. No answer, however malformed, makes it throw another error.
 */
export function readAnswer(reply: Reply, query: MetricsQuery): MetricsAnswer {
  const body = parsed(reply.text);
  throwRefusal(reply, body);
  if (!isObject(body) || body['status'] !== 'success' || !isObject(body['data'])) throw foreign(reply);
  const warnings = body['warnings'] ?? [];
  if (!Array.isArray(warnings)) throw foreign(reply);
  if (warnings.length > 0 || body['isPartial'] === true) {
    const texts = warnings.filter((warning) => typeof warning === 'string').join('; ');
    throw new MetricsError(
      'partial',
      `the server warns that its answer is not whole or may be wrong${quoted(texts, reply)}`,
    );
  }
  const series = seriesIn(body['data'], query, reply);
  const at = query.at ?? answeredAt(reply.date, series);
  if (at === null) throw new MetricsError('foreign', 'the answer has no date');
  if (query.over !== null) return { at, series };
  // A server that does not know lookback_delta may give old samples under their own times.
  const oldest = at.getTime() - query.staleAfterSeconds * 1000;
  return { at, series: series.filter(({ points }) => points.every((point) => point.at.getTime() >= oldest)) };
}

/** The body as JSON; undefined for what is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error is left out, because it quotes the body.
    return undefined;
  }
}

/** Throws for every answer that is not 200, and for one that is an error all the same. */
function throwRefusal(reply: Reply, body: unknown): void {
  const { status } = reply;
  const isError = isObject(body) && body['status'] === 'error';
  if (status === 200 && !isError) return;
  const kind = isError ? stringAt(body, 'errorType') : null;
  const text = isError ? quoted(stringAt(body, 'error') ?? '', reply) : '';
  if (status === 401 || status === 403)
    throw new MetricsError(
      'credential',
      `the server answered ${status}: the credential is missing or not accepted${text}`,
    );
  const isItsOwn = ['timeout', 'canceled', 'internal', 'unavailable'].includes(kind ?? '');
  if (status >= 500 || status === 408 || status === 429 || isItsOwn)
    throw new MetricsError('away', `the server has an error of its own (${status})${text}`);
  // VictoriaMetrics says its status in the place of the kind.
  const isOfQuery = kind === 'bad_data' || kind === 'execution' || (isError && (status === 400 || status === 422));
  if (isOfQuery) throw new MetricsError('query', `the server can't evaluate the query${text}`);
  throw foreign(reply, text);
}

function foreign({ status, text }: Reply, told = ''): MetricsError {
  const kind = /^\s*</.test(text.slice(0, 1_000)) ? ', HTML' : '';
  return new MetricsError('foreign', `the server does not answer like Prometheus (${status}${kind})${told}`);
}

/**
 * A text of the server as one line after a colon; empty if the text is. Secrets are taken out first and the text is cut second:
 * the other way round, a cut through a secret would leave a part of it.
 */
function quoted(text: string, { hide }: Reply): string {
  const line = hide(text)
    .slice(0, 4 * TEXT_LIMIT)
    .split(/\s+/u)
    .join(' ')
    .trim();
  if (line === '') return '';
  return `: ${line.length > TEXT_LIMIT ? `${line.slice(0, TEXT_LIMIT)}…` : line}`;
}

/** The Date header, or the newest point where that is later; null where there is neither. */
function answeredAt(date: string | undefined, series: readonly Series[]): Date | null {
  const header = Date.parse(date ?? '');
  let latest = Number.isNaN(header) ? Number.NEGATIVE_INFINITY : header;
  for (const { points } of series) for (const { at } of points) latest = Math.max(latest, at.getTime());
  return latest === Number.NEGATIVE_INFINITY ? null : new Date(latest);
}

function seriesIn(data: JsonObject, { over }: MetricsQuery, reply: Reply): readonly Series[] {
  const { resultType, result } = data;
  if (resultType === 'string') throw notNumbers('a text');
  if (resultType === 'scalar' && over === null)
    return [{ labels: labelsOf({}, reply), points: [pointOf(result, reply)] }];
  if (resultType === 'matrix' && over === null) throw notNumbers('a range of each series');
  if (resultType !== (over === null ? 'vector' : 'matrix') || !Array.isArray(result)) throw foreign(reply);
  if (result.length > SERIES_LIMIT) throw tooMuch(`${result.length} series`, `${SERIES_LIMIT}`);
  const key = over === null ? 'value' : 'values';
  const counts = result.map((one) => (over === null ? 1 : listAt(one, key).length));
  const count = counts.reduce((sum, more) => sum + more, 0);
  if (count > POINTS_LIMIT) throw tooMuch(`${count} points`, `${POINTS_LIMIT}`);
  return result.map((one) => oneSeries(one, key, reply)).filter(({ points }) => points.length > 0);
}

function oneSeries(one: unknown, key: 'value' | 'values', reply: Reply): Series {
  if (!isObject(one)) throw foreign(reply);
  if (one['histogram'] !== undefined || one['histograms'] !== undefined) throw notNumbers('histograms');
  const labels = labelsOf(one['metric'], reply);
  if (key === 'value') return { labels, points: [pointOf(one[key], reply)] };
  const values = one[key];
  if (!Array.isArray(values)) throw foreign(reply);
  const points = values.map((value) => pointOf(value, reply));
  if (points.some(({ at }, index) => at <= (points[index - 1]?.at ?? Number.NEGATIVE_INFINITY))) throw foreign(reply);
  return { labels, points };
}

/** Without a prototype, so that a label that is not there is undefined whatever its name. */
function labelsOf(metric: unknown, reply: Reply): Series['labels'] {
  const labels: Record<string, string> = Object.create(null);
  if (!isObject(metric)) throw foreign(reply);
  for (const [name, value] of Object.entries(metric)) {
    if (typeof value !== 'string') throw foreign(reply);
    labels[name] = value;
  }
  return labels;
}

/** A pair such as `[1700000000.5, "+Inf"]`: seconds, and a number as Go writes it. */
function pointOf(pair: unknown, reply: Reply): Point {
  if (!Array.isArray(pair) || pair.length !== 2) throw foreign(reply);
  const [seconds, text]: readonly unknown[] = pair;
  const value = typeof text === 'string' ? numberIn(text) : null;
  const at = new Date(typeof seconds === 'number' ? Math.round(seconds * 1000) : Number.NaN);
  if (value === null || Number.isNaN(at.getTime())) throw foreign(reply);
  return { at, value };
}

const special: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['+Inf', Number.POSITIVE_INFINITY],
  ['Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
]);

function numberIn(text: string): number | null {
  const found = special.get(text);
  if (found !== undefined) return found;
  // Number() takes more than that, such as an empty text and 0x10.
  return /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : null;
}

function notNumbers(what: string): MetricsError {
  return new MetricsError('query', `the expression gives ${what}, and not one number for each series`);
}

function tooMuch(found: string, limit: string): MetricsError {
  return new MetricsError('tooMuch', `the answer has ${found}, and ${limit} are read at most`);
}
