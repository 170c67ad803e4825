import type { Candidate } from './candidate';
import { MaglevTable } from './maglev-table';

/** The lists of a route: one for each side of its split, and some that were in force a moment ago. */
const KEPT = 8;

/** Keeps the tables of the latest lists: a change of standing mustn't cost a table. */
export class MaglevTables {
  private kept: { readonly members: readonly Candidate[]; readonly table: MaglevTable }[] = [];

  /** The table of that list, which must be in an order that all processes agree on. */
  of(members: readonly Candidate[]): MaglevTable {
    const known = this.kept.find((each) => isSame(each.members, members));
    if (known !== undefined) return known.table;
    const table = new MaglevTable(members);
    this.kept = [{ members, table }, ...this.kept.slice(0, KEPT - 1)];
    return table;
  }
}

const isSame = (a: readonly Candidate[], b: readonly Candidate[]): boolean =>
  a.length === b.length && a.every((member, index) => member === b[index]);
