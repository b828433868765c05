import type { Share } from '../release/measured.ts';
import type {
  DeliveryReport,
  DiagnosisReport,
  ErrorReport,
  NumbersReport,
  ReleaseReport,
  Report,
} from '../release/report.ts';

/**
 * The report as JSON text. Keys are always in this order, and absent values are null. `compact` makes one line, for NDJSON
 * and outputs. Characters that a log or terminal would interpret are written as `\uXXXX`, so that the text is safe on
 * stdout in a workflow and parses to the same strings.
 */
export function renderJson(report: Report, options: { readonly compact?: boolean } = {}): string {
  return jsonText(ordered(report), options);
}

/** Plain data as JSON that may go to a log, as `renderJson` says. */
export function jsonText(value: object, options: { readonly compact?: boolean } = {}): string {
  return JSON.stringify(value, null, options.compact === true ? 0 : 2)
    .replace(
      /[^\P{Cc}\n]|[\p{Cf}\p{Me}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu,
      unicodeEscape,
    )
    .replace(/(#\p{M}*#\p{M}*)\[/gu, '$1\\u005b');
}

function unicodeEscape(sign: string): string {
  return Array.from({ length: sign.length }, (_, index) => sign.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}

/** The same values with the keys in the documented order, whatever order the report was built in. */
function ordered(report: Report) {
  return {
    version: report.version,
    command: report.command,
    changed: report.changed,
    error: orderedError(report.error),
    lastTick: report.lastTick,
    deliveries: report.deliveries.map(orderedDelivery),
  } satisfies Report;
}

function orderedRelease({ id, commit, settings = null }: ReleaseReport) {
  return { id, commit, settings };
}

function orderedDelivery(delivery: DeliveryReport) {
  const { release, stable, step, hold, pods, approval, rolledBack } = delivery;
  return {
    name: delivery.name,
    state: delivery.state,
    reason: delivery.reason,
    message: delivery.message,
    release: release && orderedRelease(release),
    stable: stable && orderedRelease(stable),
    step: step && { index: step.index, of: step.of, name: step.name },
    next: delivery.next,
    todo: delivery.todo,
    hold: hold && { by: hold.by, at: hold.at, reason: hold.reason },
    pods: {
      stable: { ready: pods.stable.ready, total: pods.stable.total },
      canary: { ready: pods.canary.ready, total: pods.canary.total },
    },
    gates: delivery.gates.map((gate) => ({
      name: gate.name,
      kind: gate.kind,
      is: gate.is,
      until: gate.until,
      source: gate.source,
      observedAt: gate.observedAt,
      why: gate.why,
      missing: gate.missing,
    })),
    metrics: delivery.metrics.map((one) => ({
      name: one.name,
      kind: one.kind,
      is: one.is,
      why: one.why,
      source: one.source,
      observedAt: one.observedAt,
      asked: one.asked,
      numbers: orderedNumbers(one.numbers),
    })),
    steps: delivery.steps.map((one) => ({
      index: one.index,
      name: one.name,
      replicas: one.replicas,
      traffic: one.traffic,
      is: one.is,
      waitsFor: one.waitsFor,
      pods: one.pods && { stable: one.pods.stable, canary: one.pods.canary },
    })),
    trouble: delivery.trouble.map((one) => ({
      pod: one.pod,
      version: one.version,
      reason: one.reason,
      message: one.message,
      hopeless: one.hopeless,
      since: one.since,
      step: one.step,
      release: one.release,
    })),
    batches: delivery.batches.map((one) => ({
      step: one.step,
      release: one.release,
      ready: one.ready,
      total: one.total,
      wanted: one.wanted,
      pods: one.pods,
    })),
    restarts: delivery.restarts.map((one) => ({
      pod: one.pod,
      container: one.container,
      step: one.step,
      count: one.count,
      at: one.at,
      reason: one.reason,
    })),
    diagnosis: orderedDiagnosis(delivery.diagnosis),
    findings: delivery.findings.map((one) => ({
      code: one.code,
      severity: one.severity,
      message: one.message,
      facts: one.facts,
      wayOut: one.wayOut,
      ...(one.at === undefined ? {} : { at: one.at }),
    })),
    changes: delivery.changes.map((one) => ({ object: one.object, what: one.what, why: one.why, diff: one.diff })),
    forecast: delivery.forecast.map((one) => ({
      name: one.name,
      stablePods: one.stablePods,
      canaryPods: one.canaryPods,
      mostPods: one.mostPods,
      extra: { pods: one.extra.pods, cpu: one.extra.cpu, memory: one.extra.memory },
      traffic: one.traffic,
      requests: one.requests,
      waitsFor: one.waitsFor,
      notBefore: one.notBefore,
    })),
    touched: delivery.touched,
    events: delivery.events.map(({ at, what, text }) => ({ at, what, text })),
    approval: approval && {
      step: approval.step,
      missing: approval.missing,
      ways: approval.ways,
      pullRequest: approval.pullRequest && { number: approval.pullRequest.number, url: approval.pullRequest.url },
    },
    rolledBack: rolledBack && orderedRelease(rolledBack),
    pullRequests: delivery.pullRequests.map(({ number, url }) => ({ number, url })),
    changed: delivery.changed,
    error: orderedError(delivery.error),
  } satisfies DeliveryReport;
}

function orderedNumbers(numbers: NumbersReport | null) {
  switch (numbers?.is) {
    case undefined:
      return null;
    case 'series': {
      const { is, min, max, points } = numbers;
      return { is, min, max, points: points.map(({ at, value }) => ({ at, value })) } satisfies NumbersReport;
    }
    case 'compared': {
      const { is, worse, canary, stable } = numbers;
      return { is, worse, canary: orderedShare(canary), stable: orderedShare(stable) } satisfies NumbersReport;
    }
  }
}

function orderedShare({ failures, total, low, high }: Share) {
  return { failures, total, low, high } satisfies Share;
}

function orderedDiagnosis(diagnosis: DiagnosisReport | null) {
  if (diagnosis === null) return null;
  return {
    logs: diagnosis.logs.map(({ pod, container, previous, lines }) => ({ pod, container, previous, lines })),
    events: diagnosis.events.map(({ object, type, reason, message, count, at }) => ({
      object,
      type,
      reason,
      message,
      count,
      at,
    })),
    missing: diagnosis.missing,
  } satisfies DiagnosisReport;
}

function orderedError(error: ErrorReport | null) {
  if (error === null) return null;
  const { family, code, message, hint, at } = error;
  return {
    family,
    code,
    message,
    hint,
    at: at && { file: at.file, line: at.line, column: at.column },
  } satisfies ErrorReport;
}
