import { renderAt } from '../flow/source.ts';
import { sayUncommitted } from '../flow/uncommitted.ts';
import { printConfig } from '../policy/print.ts';
import { aFewAtOnce } from './fleet.ts';
import { chosen, policyOf, type Run } from './run.ts';

/** The Rollout and the lean workload of each delivery as YAML, with the id they would propose. */
export async function render(run: Run<'render'>): Promise<string> {
  const [policy, commit] = await Promise.all([policyOf(run), run.context.repo.resolve(run.input.at)]);
  const deliveries = chosen(policy.current, run.input, false);
  await sayUncommitted(run.context, 'render', deliveries, commit);
  const rendered = await aFewAtOnce(deliveries, async (delivery) =>
    run.context.targets.of(delivery).renderYaml(await renderAt(run.context, delivery, commit, 1)),
  );
  return rendered.join('---\n');
}

/** The resolved config, as every other command reads it. */
export async function config(run: Run<'config'>): Promise<string> {
  const policy = await policyOf(run);
  return printConfig({ ...policy.current, deliveries: chosen(policy.current, run.input, false) });
}
