import type { PlacedRight } from '../flow/rights.ts';
import { printYaml } from '../policy/print.ts';
import type { Delivery } from '../release/delivery.ts';
import { groupOf } from '../release/kinds.ts';
import { type Duty, duties, dutyNames, has, type RightVerb } from '../release/right.ts';
import type { Subject } from '../release/subject.ts';
import type { Targets } from '../release/target.ts';
import { dryRunDocuments, guardDocuments } from '../views/admission.ts';
import { oneLine } from '../views/neutral.ts';
import { type Commented, type DutyRole, dutyRoles, roleDocuments } from '../views/roles.ts';
import type { Bound } from './identities.ts';

/** Everything that the printed objects follow from. */
export interface Permissions {
  readonly deliveries: readonly Delivery[];
  readonly rights: readonly PlacedRight[];
  readonly bound: readonly Bound[];
  readonly duties: readonly Duty[];
  /** Whether these duties were chosen, so that others may have identities too. */
  readonly chosen: boolean;
  readonly controllers: readonly Subject[];
}

/** The objects as YAML for kubectl apply. */
export function printPermissions(targets: Targets, parts: Permissions): string {
  const { rights, bound, chosen } = parts;
  const owned = rights.map(({ owner, right }) => ({ owner: owner.namespace, right }));
  const roles = parts.duties.flatMap((duty) => dutyRoles(duty, owned));
  const documents = [
    ...roles.flatMap((role) => roleDocuments(role, subjectsOf(bound, role.duty))),
    ...(bound.length === 0 || chosen ? [] : admission(targets, parts, roles)),
  ];
  const head = [
    'Made by stepgate permissions. Print it again when the policy names another delivery, or a source renders another kind.',
    ...(bound.length === 0 ? ['--identity binds the roles, and adds what lets nobody else move a release.'] : []),
    ...(bound.length > 0 && chosen
      ? ['With --duty the ValidatingAdmissionPolicy is left out: it names the identities of every duty.']
      : []),
  ];
  const texts = documents.map(({ value, remarks }) =>
    printYaml(
      value,
      remarks.map(({ path, lines }) => ({ path, lines: lines.map(oneLine) })),
    ),
  );
  return `${head.map((line) => `# ${line}\n`).join('')}${texts.join('---\n')}`;
}

function subjectsOf(bound: readonly Bound[], duty: Duty): readonly Subject[] {
  return bound.flatMap((one) => (one.duties === null || one.duties.includes(duty) ? [one.subject] : []));
}

/** For each namespace and kind of the object with the record. */
function admission(
  targets: Targets,
  { deliveries, rights, bound, controllers }: Permissions,
  roles: readonly DutyRole[],
): readonly Commented[] {
  const holders = (
    of: readonly Delivery[],
    verb: RightVerb,
    { part, dryRun = false }: { part?: 'status'; dryRun?: boolean } = {},
  ) => {
    const mine = rights.filter(({ owner }) => of.includes(owner)).map(({ right }) => right);
    const needed = dutyNames.filter((duty) =>
      mine.some(
        (right) =>
          right.part === part &&
          right.verbs.includes(verb) &&
          of.some((one) => right.kind === targets.of(one).kinds.record) &&
          has(duty, right) &&
          (duties[duty].dryRun ?? false) === dryRun,
      ),
    );
    return unique(needed.flatMap((duty) => subjectsOf(bound, duty)));
  };
  const places = Map.groupBy(deliveries, (one) => `${one.namespace} ${targets.of(one).kinds.record.plural}`);
  const guards = [...places.values()].flatMap((of) => {
    const [first] = of;
    if (first === undefined) return [];
    const { record } = targets.of(first).kinds;
    const guarded = of.map((one) => targets.of(one).guarded);
    const usual = guarded.flatMap((one) => one.controllers).map(accountOf);
    return guardDocuments({
      namespace: first.namespace,
      resource: { group: groupOf(record), plural: record.plural },
      names: of.map(({ workload }) => workload.name),
      keys: [...new Set(guarded.flatMap(({ keys }) => keys))],
      parts: [...new Map(guarded.flatMap(({ parts }) => parts).map((one) => [one.plural, one])).values()],
      controllers: unique(controllers.length > 0 ? controllers : usual),
      writers: holders(of, 'patch'),
      approvers: holders(of, 'patch', { part: 'status' }),
      planners: holders(of, 'patch', { dryRun: true }),
      removers: holders(of, 'delete'),
    });
  });
  return [...guards, ...dryRuns(bound, roles)];
}

/** For those who plan and do nothing that writes. */
function dryRuns(bound: readonly Bound[], roles: readonly DutyRole[]): readonly Commented[] {
  const writes = dutyNames.filter(
    (duty) => duties[duty].dryRun !== true && roles.some((role) => role.duty === duty && canWrite(role)),
  );
  const others = writes.flatMap((duty) => subjectsOf(bound, duty)).map((one) => JSON.stringify(one));
  return dutyNames
    .filter((duty) => duties[duty].dryRun === true)
    .flatMap((duty) => {
      const planners = unique(subjectsOf(bound, duty)).filter((one) => !others.includes(JSON.stringify(one)));
      if (planners.length === 0) return [];
      return roles
        .filter((role) => role.duty === duty && canWrite(role))
        .flatMap(({ namespace, rules }) =>
          namespace === null
            ? []
            : dryRunDocuments({ namespace, planners, resources: rules.filter(({ verbs }) => verbs.includes('patch')) }),
        );
    });
}

function canWrite({ rules }: DutyRole): boolean {
  return rules.some(({ verbs }) => verbs.includes('patch'));
}

/** A service account by the name of its requests. */
function accountOf(name: string): Subject {
  const [, , namespace = '', account = ''] = name.split(':');
  return { is: 'serviceAccount', namespace, name: account };
}

function unique(subjects: readonly Subject[]): readonly Subject[] {
  return [...new Map(subjects.map((one) => [JSON.stringify(one), one])).values()];
}
