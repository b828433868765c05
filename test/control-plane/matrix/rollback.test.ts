import { test } from 'vitest';
import { obstacles } from '../obstacles.ts';
import { byCommand, byPolicy, byTick, type Row, type Style } from '../rollback-rows.ts';

/**
 * Each obstacle in mid-release and after delivery, in each style, by command; then by a tick that finishes what a killed
 * rollback began, and by policy. The suite `cluster` has one row of each obstacle.
 */
const styles: readonly Style[] = ['partition', 'canary', 'blueGreen'];
const moments = ['in mid-release', 'after delivery'] as const;

const rows: readonly Row[] = obstacles.flatMap((obstacle) =>
  moments.flatMap((moment) => styles.map((style) => ({ obstacle, style, moment }))),
);
const named = (row: Row) => ({ ...row, what: row.obstacle.what });

test.concurrent.for(rows.map(named))('by command, $style, $moment: $what', byCommand);

const ticks = obstacles.map((obstacle, index) => ({
  obstacle,
  style: styles[index % styles.length] ?? 'partition',
  moment: moments[index % moments.length] ?? 'in mid-release',
}));
test.concurrent.for(ticks.map(named))('by a tick, $style, $moment: $what', byTick);

// A release that does not come to its end is taken back by policy in its middle, and by what the policy says.
const policies = ticks.filter(({ obstacle }) => obstacle.policy);
test.concurrent.for(policies.map(named))('by policy, $style: $what', byPolicy);
