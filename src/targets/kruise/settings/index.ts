import { complain, type Reader } from '../../../config/check.ts';
import type { Keys } from '../../../config/shapes.ts';
import type { Path } from '../../../config/yaml.ts';
import type { Delivery, PlanSettings, SettingKind, Settings } from '../../../release/delivery.ts';
import { at, type JsonObject, objectAt } from '../../../release/json.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { canaryPods } from './canary-pods.ts';
import { mayBeUnready } from './may-be-unready.ts';
import { rollbackInSteps } from './rollback-in-steps.ts';
import type { Refused, Setting, SettingFor } from './setting.ts';

const rows = { canaryPods, mayBeUnready, rollbackInSteps } satisfies { readonly [K in SettingKind]: Setting<K> };

/** Every setting of a plan, in the order of the config. */
const settings: Readonly<Record<SettingKind, Setting>> = rows;
const kinds: readonly SettingKind[] = Object.keys(rows).filter((name): name is SettingKind =>
  Object.hasOwn(rows, name),
);

type Ask = <K extends SettingKind>(kind: K, row: Setting<K>) => Settings[K] | null;

/** The settings for which `ask` returns a value. */
function answered(ask: Ask): PlanSettings {
  const [pods, unready, inSteps] = [
    ask('canaryPods', rows.canaryPods),
    ask('mayBeUnready', rows.mayBeUnready),
    ask('rollbackInSteps', rows.rollbackInSteps),
  ] as const;
  return {
    ...(pods === null ? {} : { canaryPods: pods }),
    ...(unready === null ? {} : { mayBeUnready: unready }),
    ...(inSteps === null ? {} : { rollbackInSteps: inSteps }),
  };
}

interface Said {
  readonly kind: SettingKind;
  readonly row: Setting;
  readonly value: Settings[SettingKind];
}

function saidIn(plan: PlanSettings): readonly Said[] {
  return kinds.flatMap((kind) => {
    const value = plan[kind];
    return value === undefined ? [] : [{ kind, row: settings[kind], value }];
  });
}

/** The settings of a plan that the engine does not support for a delivery. */
function refusals(plan: PlanSettings, about: SettingFor): readonly (Refused & { readonly key: SettingKind })[] {
  return saidIn(plan).flatMap(({ kind, row, value }) => {
    const refused = row.refusedFor(value, about);
    return refused === null ? [] : [{ key: kind, ...refused }];
  });
}

/** The settings of a plan in the config, and in the digest of the plan. */
export const settingsInConfig = {
  keys: Object.fromEntries(kinds.map((kind) => [kind, settings[kind].key])) satisfies Keys['keys'],

  /** `pathOf`: where a key is in the config; null when it is missing. Reports what the engine can't do in the plan's style. */
  read(reader: Reader, pathOf: (key: string) => Path | null, style: Delivery['style'] | null): PlanSettings {
    const plan = answered((kind, row) => {
      const path = pathOf(kind);
      return path === null ? null : row.read(at(reader.document.value, ...path), { reader, path });
    });
    if (style === null) return plan;
    for (const { key, says, hint } of refusals(plan, { style, kind: null, splits: false })) {
      complain(reader, { path: pathOf(key) ?? [], says, hint });
    }
    return plan;
  },

  refusals,

  /** In the resolved config and in the digest. Records keep digests, so an unused setting must not change one. */
  print: (plan: PlanSettings): JsonObject =>
    Object.fromEntries(saidIn(plan).map(({ kind, row, value }) => [kind, row.print(value)])),
};

/** The fields of a plan's settings in one place of the Rollout. */
export function renderSettings(plan: PlanSettings, place: Setting['place']): JsonObject {
  return Object.fromEntries(
    saidIn(plan)
      .filter(({ row }) => row.place === place)
      .map(({ row, value }) => [row.field, row.render(value)]),
  );
}

/** The settings in a Rollout, without those that the engine ignores. */
export function settingsOf(rollout: KubeObject, strategy: JsonObject, about: SettingFor): PlanSettings {
  const places = { strategy, annotations: objectAt(rollout, 'metadata', 'annotations') };
  return answered((_, row) => {
    const value = row.readBack(at(places[row.place], row.field));
    return value === null || row.refusedFor(value, about) !== null ? null : value;
  });
}

/** The Rollout's fields for settings in a place, with their names in the config. */
export function settingFields(place: Setting['place']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    kinds.flatMap((kind) => (settings[kind].place === place ? [[settings[kind].field, kind]] : [])),
  );
}
