import { compareRevisions, type Revision } from '@gateway/events';
import { sharedNames, type Dependencies } from './cache-request';

type Fields = Dependencies['fields'];

/** When an event of this type with just these fields came last. */
interface LatestRecord {
  readonly family: Family;
  readonly key: string;
  readonly fields: Fields;
  revision: Revision;
}

/** Events of one type with the same field names. */
interface Family {
  readonly type: string;
  readonly names: readonly string[];
  readonly records: Map<string, LatestRecord>;
  /** For some of the names: the latest revision by their values. Made when first asked for. */
  readonly projections: Map<string, Projection>;
}

interface Projection {
  readonly names: readonly string[];
  readonly latest: Map<string, Revision>;
}

/** The last revision of every different event, bounded; answers which entries it has overtaken. */
export class LatestRevisions {
  /** By type of event, then by the names of its fields. */
  private readonly families = new Map<string, Map<string, Family>>();
  private readonly records = new Set<LatestRecord>();

  /** @param capacity different events remembered at once */
  constructor(private readonly capacity: number) {}

  /** @returns the revision that had to be forgotten for it; null when there was room */
  add(type: string, fields: Fields, revision: Revision): Revision | null {
    const family = this.family(type, Object.keys(fields).sort());
    const key = valuesKey(family.names, fields);
    const record = family.records.get(key) ?? { family, key, fields, revision };
    if (compareRevisions(record.revision, revision) > 0) return null;
    record.revision = revision;
    family.records.set(key, record);
    // To the end: the first one is the one that was heard of longest ago.
    this.records.delete(record);
    this.records.add(record);
    for (const projection of family.projections.values()) project(projection, record);
    return this.records.size > this.capacity ? this.forgetOldest() : null;
  }

  /** Whether an event of this type came after the revision whose fields all equal those of the same name. */
  hasNewer(type: string, fields: Fields, revision: Revision): boolean {
    const families = this.families.get(type)?.values() ?? [];
    return [...families].some((family) => {
      const { names, latest } = projectionOn(family, sharedNames(family.names, fields));
      const last = latest.get(valuesKey(names, fields));
      return last !== undefined && compareRevisions(last, revision) > 0;
    });
  }

  clear(): void {
    this.families.clear();
    this.records.clear();
  }

  private family(type: string, names: readonly string[]): Family {
    const ofType = this.families.get(type) ?? new Map<string, Family>();
    this.families.set(type, ofType);
    const signature = JSON.stringify(names);
    const family = ofType.get(signature) ?? { type, names, records: new Map(), projections: new Map() };
    ofType.set(signature, family);
    return family;
  }

  private forgetOldest(): Revision {
    const record = this.records.values().next().value!;
    const { family, key, fields, revision } = record;
    this.records.delete(record);
    family.records.delete(key);
    for (const { names, latest } of family.projections.values()) {
      const projected = valuesKey(names, fields);
      if (latest.get(projected) === revision) latest.delete(projected);
    }
    if (family.records.size === 0) this.dropFamily(family);
    return revision;
  }

  private dropFamily({ type, names }: Family): void {
    const ofType = this.families.get(type)!;
    ofType.delete(JSON.stringify(names));
    if (ofType.size === 0) this.families.delete(type);
  }
}

function projectionOn(family: Family, names: readonly string[]): Projection {
  const signature = JSON.stringify(names);
  const known = family.projections.get(signature);
  if (known !== undefined) return known;
  const projection: Projection = { names, latest: new Map() };
  for (const record of family.records.values()) project(projection, record);
  family.projections.set(signature, projection);
  return projection;
}

function project({ names, latest }: Projection, { fields, revision }: LatestRecord): void {
  const key = valuesKey(names, fields);
  const known = latest.get(key);
  if (known === undefined || compareRevisions(known, revision) < 0) latest.set(key, revision);
}

const valuesKey = (names: readonly string[], fields: Fields): string =>
  JSON.stringify(names.map((name) => fields[name]));
