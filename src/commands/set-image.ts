import { didYouMean } from '../config/check.ts';
import { imageText, parseImage } from '../config/image.ts';
import { commitToPolicy, type FileChange, tipToChange } from '../flow/policy-commit.ts';
import { type ImageSet, type ImagesSet, setImages, type WantedImage } from '../flow/set-image.ts';
import { commitLine } from '../release/commit-text.ts';
import type { Delivery } from '../release/delivery.ts';
import { inputError } from '../release/error.ts';
import type { ChangeReport, DeliveryReport, Report } from '../release/report.ts';
import { unifiedDiff } from '../views/diff.ts';
import { pushTrouble, runWords } from './frozen.ts';
import { policyOf, type Run, reportOf, unread } from './run.ts';

/** Writes new images into the sources of deliveries: one commit on top of the policy branch. Nothing is deployed, no cluster is asked. */
export async function setImage(run: Run<'set-image'>): Promise<Report> {
  const { context, input } = run;
  const { current: policy } = await policyOf(run, 'fetched');
  const wanted = input.image.map((text) => wantedIn(text, policy.deliveries));
  if (wanted.length === 0) throw usage('no image is given');
  refuseTwice(wanted);
  for (const { delivery, image } of wanted.filter((one) => one.image.digest === null)) {
    context.log(
      `${delivery.name}: ${imageText(image)} has no digest, so what it names may change later: write ${image.repository}@sha256:...`,
    );
  }
  let last: ImagesSet = { sets: [], files: new Map() };
  const change = async (tip: string): Promise<FileChange | null> => {
    last = await setImages(context, policy, { wanted, tip, also: input.also });
    if (last.files.size === 0) return null;
    return { files: last.files, message: message(run, last.sets), why: last.sets.map(words).join('; ') };
  };
  if (input['dry-run']) {
    const tip = await tipToChange(context, policy);
    await change(tip);
    return reportOf('set-image', await reports(run, last, { before: tip, tip, is: 'planned' }));
  }
  const { before, tip, changed } = await commitToPolicy(context, policy, change).catch((error: unknown) => {
    throw pushTrouble(error, 'bring the change to the branch with a pull request: --dry-run shows it');
  });
  if (!changed) context.log(`every image is there already at ${tip.slice(0, 10)}, and nothing was written`);
  return reportOf('set-image', await reports(run, last, { before, is: changed ? 'pushed' : 'there', tip }));
}

/** Reads `DELIVERY=IMAGE` or `DELIVERY/CONTAINER=IMAGE`. Throws USAGE or DELIVERY_UNKNOWN. */
function wantedIn(text: string, deliveries: readonly Delivery[]): WantedImage {
  const [, name, container, written] = /^([^=/]+)(?:\/([^=/]+))?=(.+)$/.exec(text) ?? [];
  if (name === undefined || written === undefined) throw usage(`image is '${text}'`);
  const image = parseImage(written);
  if (image === null) throw usage(`'${written}' is no image`);
  if (image.tag === null && image.digest === null) throw usage(`'${written}' has neither a digest nor a tag`);
  const delivery = deliveries.find((one) => one.name === name);
  if (delivery === undefined) {
    const known = deliveries.map((one) => one.name);
    throw inputError('DELIVERY_UNKNOWN', `there is no delivery '${name}'`, {
      hint: `${didYouMean(name, known)}known: ${known.join(', ')}`,
    });
  }
  return { delivery, container: container ?? null, image };
}

function refuseTwice(wanted: readonly WantedImage[]): void {
  const keys = wanted.map(({ delivery, container, image }) => `${delivery.name}/${container ?? image.repository}`);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined)
    throw inputError('USAGE', `${twice} is given twice`, { hint: 'give one image for each container' });
}

function usage(found: string) {
  return inputError('USAGE', found, {
    hint: 'write DELIVERY=IMAGE@sha256:..., or DELIVERY/CONTAINER=IMAGE@sha256:... for one of several containers',
  });
}

function message({ context, input }: Run<'set-image'>, sets: readonly ImageSet[]): string {
  const written = sets.filter(({ files }) => files.length > 0);
  const names = [...new Set(written.map(({ delivery }) => delivery.name))].join(', ');
  const [only, second] = written;
  const to = only !== undefined && second === undefined ? ` to ${only.to.replace(/(@sha256:.{12}).*$/, '$1')}` : '';
  const reason = commitLine(input.reason);
  return [
    `Set the image of ${names}${to}`.slice(0, 150),
    '',
    ...(reason === '' ? [] : [reason, '']),
    ...written.map(({ delivery, container, to: image }) => `Stepgate-Image: ${delivery.name}/${container}=${image}`),
    `Stepgate-By: ${commitLine(context.actor.name) || 'somebody'}`,
    `Stepgate-Run: ${runWords(context.run)}`,
  ].join('\n');
}

function words({ delivery, container, from, to, files }: ImageSet): string {
  return files.length === 0
    ? `${delivery.name}/${container} has ${from} already`
    : `${delivery.name}/${container}: ${from} becomes ${to}`;
}

/** A report of each delivery, with the lines of files that change. */
async function reports(
  { context }: Run<'set-image'>,
  { sets, files }: ImagesSet,
  { before, tip, is }: { readonly before: string; readonly tip: string; readonly is: 'planned' | 'pushed' | 'there' },
): Promise<readonly DeliveryReport[]> {
  const end =
    is === 'planned' ? ' (nothing was written: --dry-run)' : is === 'pushed' ? `, pushed as ${tip.slice(0, 10)}` : '';
  const deliveries = [...new Set(sets.map(({ delivery }) => delivery))];
  const linesOf = (text: string | null | undefined) => (text ?? '').split('\n');
  return await Promise.all(
    deliveries.map(async (delivery) => {
      const own = sets.filter((one) => one.delivery === delivery);
      const paths = [...new Set(own.flatMap((one) => one.files))].sort();
      const changes = paths.map(async (path): Promise<ChangeReport> => {
        const diff = unifiedDiff(linesOf(await context.repo.read(before, path)), linesOf(files.get(path)));
        // The lines around an edit may hold anything, and whoever reads this need not be who may read them.
        return {
          object: path,
          what: 'change',
          why: own.map(words).join('; '),
          diff: diff.filter((line) => !line.startsWith(' ')),
        };
      });
      const told = own.map(words).join('; ');
      return {
        ...unread(delivery),
        message: `${told}${paths.length === 0 ? '' : end}; the cluster was not asked`,
        changes: await Promise.all(changes),
        changed: is === 'pushed' && paths.length > 0,
      };
    }),
  );
}
