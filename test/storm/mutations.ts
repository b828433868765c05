/** One guard taken out of the code: the storm has to fail without it. */
export interface Mutation {
  readonly promise: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

const order = 'src/targets/kruise/order.ts';
const restore = 'src/flow/restore.ts';
const request = 'src/release/rollback-request.ts';
const ask = 'src/flow/plan-release.ts';
const decide = 'src/release/decide.ts';
const start = 'src/release/start.ts';
const begin = 'src/flow/start.ts';
const takeBack = 'src/release/rollback.ts';
const gate = 'src/release/gate.ts';
const promote = 'src/commands/promote.ts';
const record = 'src/release/record.ts';
const jump = 'src/commands/jump.ts';
const rollback = 'src/flow/rollback.ts';
const revert = 'src/flow/revert.ts';
const hold = 'src/commands/hold.ts';
const person = 'src/commands/person.ts';
const rerun = 'src/commands/rerun.ts';
const tick = 'src/flow/tick.ts';
const recordText = 'src/release/record-text.ts';
const deploy = 'src/commands/deploy.ts';
const kruise = 'src/targets/kruise/index.ts';

function without(file: string, promise: string, find: string): Mutation {
  return { file, promise, find, replace: '' };
}

function instead(file: string, promise: string, find: string, replace: string): Mutation {
  return { file, promise, find, replace };
}

export const mutations: readonly Mutation[] = [
  // The tests in the patches.
  without(
    order,
    'of two writers of the record one fails',
    "    { op: 'test', path: '/metadata/uid', value: stringAt(rollout, 'metadata', 'uid') },\n    ...annotationTest(rollout),",
  ),
  instead(
    order,
    'an approval rests on the record it was decided on',
    '    ...annotationTest(rollout),\n    test(',
    '    test(',
  ),
  // Release, step, state and message cover each other: each alone may go, together they may not.
  instead(
    order,
    'an approval is of the step it was decided on',
    '  return [\n    ...annotationTest(rollout),\n    test(',
    '  if (sub.length > 0) return annotationTest(rollout);\n  return [\n    ...annotationTest(rollout),\n    test(',
  ),
  without(
    order,
    'an approval is of the plan it was decided on',
    "    test('/metadata/generation', at(rollout, 'metadata', 'generation')),\n",
  ),
  without(
    order,
    'a template is replaced only on the version it was decided on',
    "    { op: 'test', path: '/metadata/resourceVersion', value: stringAt(object, 'metadata', 'resourceVersion') },\n",
  ),
  // Starting.
  instead(
    begin,
    'the workload is written on the version whose dry-run showed the gate',
    'const guarded = withVersion(wanted, live);',
    'const guarded = wanted;',
  ),
  without(
    begin,
    'no template is written ungated',
    '  if (changes && !target.wouldGate(work.delivery, answer)) throw wouldNotGate(observed);\n',
  ),
  instead(
    'src/flow/tick.ts',
    'no step is let go on a workload that the engine has seen a newer version of',
    'observed.observation.workload?.outdated === true',
    'observed.observation.workload?.outdated === undefined',
  ),
  without(
    kruise,
    'no template is written where the webhook does not look',
    "    stringAt(answer, 'metadata', 'labels', WATCHED_LABEL) !== null &&\n",
  ),
  instead(
    deploy,
    'what differs outside the template is written over nothing but what it was compared with',
    'return live === null ? wanted : withVersion(wanted, live);',
    'return wanted;',
  ),
  instead(restore, "blueGreen goes back over the engine's own stable version", '!target.takesThird(delivery)', 'false'),
  without(begin, 'what starts is what the record asks for', '  checkRecord(observed, fresh);\n'),
  without(
    begin,
    'what starts, starts under the plan that was looked at',
    "  if (!same(at(fresh, 'spec'), at(observed.rollout, 'spec'))) throw new Moved('somebody has edited the Rollout');\n",
  ),
  without(
    begin,
    'what starts is still what was asked for',
    '  // Once more, as late as can be: a process may have stood still since.\n  await stillAsked(work, observed);\n',
  ),
  instead(
    start,
    'a release begins when its gates are open',
    'if (shut.length > 0) return gateWait(',
    'if (shut.length > 99) return gateWait(',
  ),
  instead(
    start,
    'no template is written while the engine closes a release (E3)',
    "      return wait(\n        'engine',\n        'waiting',\n        'WAITING_FOR_WINDOW',\n        'written now, it would go out ungated: waits until the engine is idle or waits at a step',\n      );",
    "      return { do: 'start', release, why: 'now' };",
  ),
  instead(
    start,
    'no release begins under another plan',
    '      if (situation.planDiffers.length > 0) return planDiffers(situation.planDiffers);\n      // A last step',
    '      // A last step',
  ),
  // Holds.
  instead(
    record,
    'what is held neither starts nor advances',
    'hold.digest === digest) ?? null',
    "hold.digest === 'none') ?? null",
  ),
  instead(
    promote,
    'an approval of what is held is refused',
    '  if (hold !== null)\n    throw refusal(',
    '  if (hold?.by === null)\n    throw refusal(',
  ),
  instead(ask, 'what is held is not asked for', '  if (hold !== null) {', '  if (hold?.by === null) {'),
  instead(
    record,
    'what is rolled back is held',
    'if (from.digest === to.digest) return noted;',
    'if (from.digest !== to.digest) return noted;',
  ),
  // Deciding on a step.
  instead(
    'src/targets/kruise/observe.ts',
    'an approval is sent only when the engine asks (E4)',
    "asks: message.includes('manually confirm')",
    'asks: true',
  ),
  without(decide, 'nothing is promoted under another plan', '  if (differs.length > 0) return planDiffers(differs);\n'),
  without(
    decide,
    'a stranger’s template is not promoted',
    '  if (workload.template !== release.template) return foreign(engine);\n',
  ),
  instead(
    decide,
    'pauses that are not the plan’s are put back (E1)',
    'if (pauses.length > 0) {',
    'if (pauses.length > 99) {',
  ),
  instead(
    decide,
    'only what is whole is called delivered',
    '  if (!workload.whole || !onlyStable(observation, workload)) {',
    '  if (!workload.whole && !onlyStable(observation, workload)) {',
  ),
  instead(
    decide,
    'a release is delivered when its last gates are open',
    "    if (shut.length > 0) return gateWait('DONE_GATE_SHUT'",
    "    if (shut.length > 99) return gateWait('DONE_GATE_SHUT'",
  ),
  // Judging gates.
  instead(gate, 'every new pod is ready', 'canary.total > 0 && canary.ready === canary.total)', 'canary.total > 0)'),
  instead(gate, 'enough people approve', 'people.length >= condition.count', 'people.length >= 1'),
  instead(
    gate,
    'the right people approve',
    'allowed.length === 0 || allowed.includes(login(approval.by))',
    'allowed.length >= 0',
  ),
  instead(
    gate,
    'one person approves once',
    'const people = peopleIn(counted);',
    'const people = counted.flatMap((approval) => [approval.by, approval.by]);',
  ),
  instead(gate, 'a soak takes its time', 'if (evidence.now >= until) return', 'if (evidence.now >= since) return'),
  instead(gate, 'a schedule is kept', 'if (answer.open) return', 'if (answer.open || true) return'),
  instead(
    gate,
    'an approval is of one step',
    'one.release === release.id && one.step === step && one.plan === plan',
    'one.release === release.id && one.plan === plan',
  ),
  instead(
    gate,
    'force is said, not assumed',
    'given.find((approval) => approval.forced && mayApprove',
    'given.find((approval) => mayApprove',
  ),
  // Promoting.
  instead(
    promote,
    'the step that is named is the one approved',
    'stepNumber(delivery, input.step) !== step) {',
    'stepNumber(delivery, input.step) < 0) {',
  ),
  instead(
    promote,
    'the release that is named is the one approved',
    'input.release !== null && input.release !== release.id',
    "input.release === ''",
  ),
  instead(
    promote,
    'between two steps an approval names its step',
    "['moving', 'starting'].includes(engine.at)",
    "['none'].includes(engine.at)",
  ),
  instead(
    promote,
    'an approval under another plan is refused',
    'if (differs.length > 0 && step > 0) {',
    'if (differs.length > 99 && step > 0) {',
  ),
  instead(
    promote,
    'an approval of a stranger’s template is refused',
    'observation.workload.template !== release.template\n',
    "observation.workload.template === ''\n",
  ),
  instead(
    promote,
    'no approval is taken while a rollback is under way',
    "if (record.rollback !== null && record.rollback.cluster !== 'done') {",
    'if (record.rollback?.by === null) {',
  ),
  instead(
    promote,
    'what was delivered has no step to approve',
    'stable !== null && stable.id !== workload.id',
    'stable !== null',
  ),
  instead(
    jump,
    'a jump needs the gates of the steps it passes',
    '  if (blind !== undefined) {',
    "  if (blind?.name === '') {",
  ),
  instead(
    gate,
    'a jump needs the approvals of the steps it passes',
    'return passed.flatMap(({ name }, index)',
    'return passed.slice(0, 0).flatMap(({ name }, index)',
  ),
  instead(
    promote,
    'no end is approved before the beginning',
    "if (workload === null || !('id' in engine)) return false;",
    "if (workload === null || 'at' in engine) return false;",
  ),
  instead(jump, 'a jump is not taken before the start', '  if (from === 0)\n', '  if (from < 0)\n'),
  instead(
    jump,
    'a jump back takes later approvals away',
    '.filter((one) => one.step < to);',
    '.filter((one) => one.step < to + 99);',
  ),
  without(
    promote,
    'an approval is recorded',
    '    await writeRecord(work, observed, approve(observed.record, step), why);\n',
  ),
  instead(
    decide,
    'what the engine never takes up is told once it was delivered',
    '    if (secondsSince(workload.changedAt, evidence.now) < UNGATED_AFTER) {',
    '    if (stableOf(record)?.id === release.id || secondsSince(workload.changedAt, evidence.now) < UNGATED_AFTER) {',
  ),
  // Asking.
  instead(ask, 'no deploy goes back in Git', '  if (back) {', '  if (back === null) {'),
  without(
    ask,
    'what is asked for was judged by the record it is asked on',
    '  checkRecord(judged, observed.rollout);\n',
  ),
  instead(
    ask,
    'nothing is asked for while a rollback is under way',
    "if (record.rollback !== null && record.rollback.cluster !== 'done') {",
    'if (record.rollback?.by === null) {',
  ),
  instead(
    ask,
    'an approval is of one template',
    '{ ...askedFor(record, release), approvals: [] }',
    'askedFor(record, release)',
  ),
  // Taking back.
  instead(
    takeBack,
    'a rollback is over when only stable serves',
    'if (!workload.whole || !onlyStable(observation, workload))',
    'if (!workload.settled && !onlyStable(observation, workload))',
  ),
  without(
    takeBack,
    'a rollback advances only what is ready',
    "      if (!ready(observation)) return walked(situation, rollback, 'the pods of stable in this step are not ready yet');\n",
  ),
  instead(
    takeBack,
    'nothing rolls back unasked',
    'if (stableOf(record) === null || !advance)',
    'if (stableOf(record) === null)',
  ),
  instead(
    decide,
    'only policy rolls back what is unready',
    "delivery.rollback.on.includes('unready')",
    "!delivery.rollback.on.includes('unready')",
  ),
  instead(
    'src/commands/tick.ts',
    'a tick finishes the revert in Git',
    'goal(run, until, { advance: true, retryGit: true })',
    'goal(run, until, { advance: true, retryGit: false })',
  ),
  instead(
    restore,
    'stable is taken for back once it is recorded',
    '    clusterBack(observed.record, rollback, {\n      template: ',
    '    ((record: typeof observed.record, ..._: readonly unknown[]) => record)(observed.record, rollback, {\n      template: ',
  ),
  instead(request, 'no id goes out twice', 'Math.max(0, ...attempts) + 1', 'Math.max(0, ...attempts)'),
  // Second rollbacks.
  instead(
    request,
    'a second rollback changes nothing',
    'const before = underWay ?? rested;',
    'const before = underWay;',
  ),
  instead(
    request,
    'a rollback that says where it goes overtakes the one before',
    'made(record, request, scene, { from, to, bad }), drops: null',
    'made(record, request, scene, { from, to: { ...to, ...before.to }, bad }), drops: null',
  ),
  instead(
    request,
    'a rollback is of the release that was meant',
    'if (request.release === null ? liveThen !== liveNow : ![liveNow, release.id].includes(request.release)) {',
    "if (request.release === '') {",
  ),
  instead(rollback, 'undo frees what its rollback held', '(one) => one.digest !== rollback.from.digest', '() => true'),
  instead(
    rollback,
    'undo lifts no other hold',
    '(one) => one.digest !== rollback.from.digest',
    '(one) => one.digest !== rollback.from.digest && one.digest !== null',
  ),
  instead(
    'src/flow/undo.ts',
    'undo lets Git name the version again',
    "  if (state.is !== 'reverted') return null;\n",
    "  if (state.is !== 'bad') return null;\n",
  ),
  instead(
    record,
    'the ids of a lifted rollback stay spent',
    'spend({ ...record, rollback: null }, idsOf(rollback))',
    '{ ...record, rollback: null }',
  ),
  // What stands in Git meanwhile.
  instead(
    revert,
    'a revert undoes nothing newer than the bad release (GIT_AHEAD)',
    "  if (state.is === 'ahead') throw await ahead(work, state, onto);\n",
    "  if (state.is === 'ahead') Object.assign(state, { undone: [] });\n",
  ),
  without(
    revert,
    'Git is called back only by what the remote has told',
    '    if (revert.commit === null && revert.stale !== null) throw revert.stale;\n',
  ),
  instead(
    revert,
    'a push that is refused leaves the Git half open',
    'const next = { ...rollback, trouble: known.message',
    "const next = { ...rollback, git: 'done' as const, trouble: known.message",
  ),
  without(
    ask,
    'nothing on top of a bad release is asked for (BAD_RELEASE_INSIDE)',
    '  await refuseBadInside(work, record, commit);\n',
  ),
  instead(
    hold,
    'only that version is let through whose release is named',
    "rollback.git === 'todo' && rollback.bad.some((one) => one.digest === version.digest);",
    "rollback.git === 'todo';",
  ),
  without(
    deploy,
    'what nobody has merged is not asked for (COMMIT_NOT_ALLOWED)',
    '  await checkCommit(work, commit);\n',
  ),
  without(
    begin,
    'what nobody has merged does not start, whoever named it',
    '  await checkCommit(work, release.commit);\n',
  ),
  // People, and what they approve.
  instead(gate, 'an approval is of one plan', ' && one.plan === plan);', ');'),
  instead(
    promote,
    'force takes the right to approve',
    '  if (!force) {\n    const gates',
    '  if (name !== null) {\n    const gates',
  ),
  instead(
    gate,
    'who has lost the right to approve has forced nothing',
    'given.find((approval) => approval.forced && mayApprove(conditions, approval.by))',
    'given.find((approval) => approval.forced)',
  ),
  instead(
    person,
    'bots approve and resume nothing',
    "if (actor.is === 'person' && personKey(actor.name) !== null) return actor;",
    "if (actor.name !== '') return actor;",
  ),
  // Holds.
  instead(
    record,
    'a hold of the delivery holds every version',
    'record.holds.find((hold) => hold.digest === null) ?? null',
    "record.holds.find((hold) => hold.digest === '') ?? null",
  ),
  instead(
    hold,
    'a later hold survives resume',
    'new Date(hold.at) > new Date(began.getTime() + 1000)',
    'new Date(hold.at) < new Date(0)',
  ),
  instead(hold, 'resume lifts what it names', '(one) => one.digest !== null || later(one)', '(one) => later(one)'),
  // Runs.
  instead(rerun, 'a re-run adds no act', '    isRerun(context.run) &&\n', '    !isRerun(context.run) &&\n'),
  instead(
    record,
    'the runs that acted are kept',
    'runs: [entry, ...others].slice(0, KEPT_RUNS)',
    'runs: others.slice(0, KEPT_RUNS)',
  ),
  instead(
    rerun,
    'a re-run whose run recorded nothing says what it means',
    "if (!isRerun(context.run) || (release !== null && release !== 'live')) return;",
    "if (!isRerun(context.run) || release !== '') return;",
  ),
  // Clocks.
  instead(
    'src/flow/evidence.ts',
    'times are told by the cluster’s clock',
    'return { now: serverTime(work), runnerNow',
    'return { now: context.clock.now(), runnerNow',
  ),
  instead(
    gate,
    'a schedule is open when the runner’s clock says so too',
    'const answer = byCluster.open ? scheduleOpen(condition.schedule, runnerNow) : byCluster;',
    'const answer = byCluster;',
  ),
  instead(
    gate,
    'a schedule is open when the cluster’s clock says so too',
    'const answer = byCluster.open ? scheduleOpen(condition.schedule, runnerNow) : byCluster;',
    'const answer = scheduleOpen(condition.schedule, runnerNow);',
  ),
  instead(tick, 'a skewed clock is told', '<= CLOCKS_APART) return [];', '<= CLOCKS_APART * 1e6) return [];'),
  // The policy.
  without(tick, 'the policy is read again before anything goes on', '      if (await renewed(work)) continue;\n'),
  // The record.
  instead(
    record,
    'no id that was given out is given out again',
    'return [...namedIds(record), ...record.spent];',
    'return [...namedIds(record)];',
  ),
  instead(
    record,
    'the id of what a rolled back release had superseded stays spent',
    'return spend(next, [record.release, record.before, ...record.history.filter(gone)]);',
    'return spend(next, [record.release, ...record.history.filter(gone)]);',
  ),
  instead(
    restore,
    'after a detour a version goes out under another id',
    'if (viaOther && observed.observation.workload?.id === rollback.to.id) {',
    'if (viaOther && observed.observation.workload === null) {',
  ),
  instead(recordText, 'the record stays within its bound', 'const LARGEST = 64 * 1024;', 'const LARGEST = 640 * 1024;'),
  instead(
    recordText,
    'what a newer version noted stays',
    '    ...value,\n    version: 2 as const,',
    '    version: 2 as const,',
  ),
  instead(
    'src/targets/kruise/revisions.ts',
    'what is restored has the hash that the record kept',
    'templateHash({ spec: { template: one } }) === template',
    'templateHash({ spec: { template: one } }) !== template',
  ),
];
