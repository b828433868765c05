import type { JsonObject } from '../release/json.ts';
import { requestName, type Subject } from '../release/subject.ts';
import type { GuardedPart } from '../release/target.ts';
import type { Commented } from './roles.ts';

/** What keeps everybody else from moving releases in a namespace. */
export interface Guard {
  readonly namespace: string;
  /** The kind of the objects with the records. */
  readonly resource: { readonly group: string; readonly plural: string };
  /** The names of those of the policy. Others count as guarded as soon as they have a key of stepgate. */
  readonly names: readonly string[];
  /** Parts of the keys of labels and annotations that move a release. */
  readonly keys: readonly string[];
  /** Further resources of the group, which only the controllers write. */
  readonly parts: readonly GuardedPart[];
  readonly controllers: readonly Subject[];
  /** Who may change plan and record. */
  readonly writers: readonly Subject[];
  /** Who may change the status. */
  readonly approvers: readonly Subject[];
  /** Who may send dry-runs of the same. */
  readonly planners: readonly Subject[];
  /** Who may delete it, beside the cluster's own collectors. */
  readonly removers: readonly Subject[];
}

/**
 * Who deletes what others have decided to delete: the objects of a namespace that goes, and those whose owners are gone. The last
 * name is that of both where the controllers of a cluster have no service accounts of their own.
 */
const COLLECTORS: readonly Subject[] = [
  { is: 'serviceAccount', namespace: 'kube-system', name: 'namespace-controller' },
  { is: 'serviceAccount', namespace: 'kube-system', name: 'generic-garbage-collector' },
  { is: 'user', name: 'system:kube-controller-manager' },
];

/** Part of the keys of stepgate's own annotations and labels. */
const OWN = 'stepgate.dev/';
const API = 'admissionregistration.k8s.io/v1';

/**
 * A ValidatingAdmissionPolicy with its binding. The right to patch the object alone then changes nothing that a release depends on: not
 * its spec (pauses, sizes, `paused`, `disabled`), nor the record and what the controller reads in annotations and labels, nor its
 * owners, by which the object could be deleted; and the status takes more than the right on it. The right to delete alone deletes none:
 * the record would be gone, and a version that is written then reaches every pod.
 */
export function guardDocuments(guard: Guard): readonly Commented[] {
  const { namespace, resource, names, parts, controllers, writers, approvers, planners, removers } = guard;
  const name = `stepgate-${resource.plural}.${namespace}`;
  const isKey = [OWN, ...guard.keys].map((part) => `k.contains(${JSON.stringify(part)})`).join(' || ');
  const kept = (now: string, old: string) =>
    `variables.${now}.all(k, !(${isKey}) || (k in variables.${old} && variables.${now}[k] == variables.${old}[k])) && variables.${old}.all(k, !(${isKey}) || k in variables.${now})`;
  const now = (key: string) => `object == null ? {} : object.metadata.?${key}.orValue({})`;
  const before = (key: string) => `oldObject == null ? {} : oldObject.metadata.?${key}.orValue({})`;
  const marked = (of: string) => `variables.${of}.exists(k, k.contains(${JSON.stringify(OWN)}))`;
  const variables = {
    annotations: now('annotations'),
    oldAnnotations: before('annotations'),
    labels: now('labels'),
    oldLabels: before('labels'),
    // A deletion has no new object, and that of a whole collection has no name.
    ours: `(object == null ? oldObject.metadata.name : object.metadata.name) in ${list(names)} || ${marked('annotations')} || ${marked('oldAnnotations')}`,
    writes: [
      isOneOf([...controllers, ...writers]),
      ...(planners.length === 0 ? [] : [`(${isOneOf(planners)} && ${DRY_RUN})`]),
    ].join(' || '),
    approves: isOneOf([...controllers, ...approvers]),
    removes: isOneOf([...controllers, ...removers, ...COLLECTORS]),
    controls: isOneOf([...controllers, ...COLLECTORS]),
    isPart: `request.resource.resource != ${JSON.stringify(resource.plural)}`,
    isDelete: 'request.operation == "DELETE"',
    isStatus: 'request.?subResource.orValue("") == "status"',
    same: `oldObject != null && object.spec == oldObject.spec && ${kept('annotations', 'oldAnnotations')} && ${kept('labels', 'oldLabels')}`,
    owned:
      'object.metadata.?ownerReferences.orValue([]).all(o, oldObject.metadata.?ownerReferences.orValue([]).exists(p, p.uid == o.uid))',
  };
  const told: Partial<Record<keyof typeof variables, string>> = {
    ours: 'whether stepgate releases by the object',
    writes: 'who may change its plan and its record',
    approves: 'who may change its status, which lets a release leave its step',
    removes: 'who may delete it: the last three are the collectors of the cluster',
    controls: 'who may write what the controllers move pods by',
    same: 'nothing changed that a release goes by',
    owned: 'no new owner, with which the object could be deleted',
  };
  const wayOut =
    'stepgate permissions --identity names one more; without the binding of this policy, all may who have the right';
  return bound(name, namespace, {
    about: [
      'Only these identities and the controllers change the plan, the record and the status of a release, or delete it.',
      'Everybody with the right may still change other labels and annotations.',
    ],
    remarks: Object.entries(told).map(([name, line]) => ({
      path: ['spec', 'variables', Object.keys(variables).indexOf(name)],
      lines: [line],
    })),
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [resource.group],
            apiVersions: ['*'],
            operations: ['CREATE', 'UPDATE', 'DELETE'],
            resources: [resource, ...parts].flatMap(({ plural }) => [plural, `${plural}/status`]),
          },
        ],
      },
      variables: Object.entries(variables).map(([name, expression]) => ({ name, expression })),
      validations: [
        {
          expression:
            'variables.isPart || variables.isDelete || variables.isStatus || !variables.ours || variables.writes || (variables.same && variables.owned)',
          message: `only named identities change the plan and the record of a release: ${wayOut}`,
          reason: 'Forbidden',
        },
        {
          expression: 'variables.isPart || !variables.isStatus || !variables.ours || variables.approves',
          message: `only named identities change the status of a release, which approves it: ${wayOut}`,
          reason: 'Forbidden',
        },
        {
          expression: 'variables.isPart || !variables.isDelete || !variables.ours || variables.removes',
          message: `only named identities delete what a release is gated by: stepgate retire gives a delivery up; ${wayOut}`,
          reason: 'Forbidden',
        },
        ...parts.map(({ plural, over }) => ({
          expression: `request.resource.resource != ${JSON.stringify(plural)} || !variables.ours || variables.controls || (variables.isDelete && oldObject.?status.?phase.orValue("") == ${JSON.stringify(over)})`,
          message: `only the controllers write ${plural}, by which they move pods, and only what is ${over} may be deleted: without the binding of this policy, all may who have the right`,
          reason: 'Forbidden',
        })),
      ],
    },
  });
}

/** What those may send who only send dry-runs. */
export interface DryRuns {
  readonly namespace: string;
  readonly planners: readonly Subject[];
  readonly resources: readonly { readonly group: string; readonly resource: string }[];
}

/** A ValidatingAdmissionPolicy with its binding, by which the writes of some are dry-runs alone, whatever their role says. */
export function dryRunDocuments({ namespace, planners, resources }: DryRuns): readonly Commented[] {
  const groups = Map.groupBy(resources, ({ group }) => group);
  return bound(`stepgate-dry-run.${namespace}`, namespace, {
    remarks: [],
    about: [
      'The role of stepgate plan has rights to write, because a dry-run needs them. These identities send nothing else.',
    ],
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [...groups].map(([group, of]) => ({
          apiGroups: [group],
          apiVersions: ['*'],
          operations: ['CREATE', 'UPDATE'],
          resources: [...new Set(of.map(({ resource }) => resource))],
        })),
      },
      matchConditions: [{ name: 'planners', expression: isOneOf(planners) }],
      validations: [
        {
          expression: DRY_RUN,
          message: 'this identity may only send dry-runs (stepgate plan)',
          reason: 'Forbidden',
        },
      ],
    },
  });
}

const DRY_RUN = 'request.?dryRun.orValue(false)';

function bound(
  name: string,
  namespace: string,
  {
    about,
    remarks,
    spec,
  }: { readonly about: readonly string[]; readonly remarks: Commented['remarks']; readonly spec: JsonObject },
): readonly Commented[] {
  const metadata = { name, labels: { 'app.kubernetes.io/managed-by': 'stepgate' } };
  const key = 'kubernetes.io/metadata.name';
  const namespaceSelector = { matchExpressions: [{ key, operator: 'In', values: [namespace] }] };
  return [
    {
      value: { apiVersion: API, kind: 'ValidatingAdmissionPolicy', metadata, spec },
      remarks: [{ path: [], lines: about }, ...remarks],
    },
    {
      value: {
        apiVersion: API,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata,
        spec: { policyName: name, validationActions: ['Deny'], matchResources: { namespaceSelector } },
      },
      remarks: [],
    },
  ];
}

/** Whether a request is of one of these. */
function isOneOf(subjects: readonly Subject[]): string {
  const names = (groups: boolean) => [
    ...new Set(subjects.filter(({ is }) => (is === 'group') === groups).map(requestName)),
  ];
  const [users, groups] = [names(false), names(true)];
  const isUser = `request.userInfo.username in ${list(users)}`;
  if (groups.length === 0) return isUser;
  return `(${isUser} || request.userInfo.?groups.orValue([]).exists(g, g in ${list(groups)}))`;
}

/** A list in CEL, whose strings have the escapes of JSON. */
function list(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;
}
