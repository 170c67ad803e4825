import type { DomainEvent } from '@gateway/events';
import { affects, PURGED, sharedNames, type Dependencies } from './cache-request';

/** Members that listen to one type of event and have the same field names. */
interface Group<Member> {
  readonly names: readonly string[];
  readonly all: Set<Member>;
  /** By `<name>\0<value>`. */
  readonly byValue: Map<string, Set<Member>>;
}

/** Finds what an event makes untrue, without looking at everything that is stored. */
export class DependencyIndex<Member extends Dependencies> {
  /** By type of event, then by the names of the members' fields. */
  private readonly groups = new Map<string, Map<string, Group<Member>>>();
  private readonly byTag = new Map<string, Set<Member>>();

  add(member: Member): void {
    for (const tag of member.tags) addTo(this.byTag, tag, member);
    const names = Object.keys(member.fields).sort();
    for (const type of member.events) {
      const group = this.group(type, names);
      group.all.add(member);
      for (const name of names) addTo(group.byValue, valueKey(name, member.fields), member);
    }
  }

  remove(member: Member): void {
    for (const tag of member.tags) removeFrom(this.byTag, tag, member);
    const names = Object.keys(member.fields).sort();
    for (const type of member.events) this.removeFromGroup(type, names, member);
  }

  /** The members that the event makes untrue. */
  affected(event: Pick<DomainEvent, 'type' | 'fields'>): Member[] {
    if (event.type === PURGED) return [...(this.byTag.get(event.fields['tag'] ?? '') ?? [])];
    const groups = this.groups.get(event.type)?.values() ?? [];
    return [...groups].flatMap((group) => [...candidates(group, event)].filter((member) => affects(event, member)));
  }

  private group(type: string, names: readonly string[]): Group<Member> {
    const ofType = this.groups.get(type) ?? new Map<string, Group<Member>>();
    this.groups.set(type, ofType);
    const signature = JSON.stringify(names);
    const group = ofType.get(signature) ?? { names, all: new Set(), byValue: new Map() };
    ofType.set(signature, group);
    return group;
  }

  private removeFromGroup(type: string, names: readonly string[], member: Member): void {
    const ofType = this.groups.get(type)!;
    const signature = JSON.stringify(names);
    const { all, byValue } = ofType.get(signature)!;
    all.delete(member);
    for (const name of names) removeFrom(byValue, valueKey(name, member.fields), member);
    if (all.size === 0) ofType.delete(signature);
    if (ofType.size === 0) this.groups.delete(type);
  }
}

/** The smallest set that has all members of the group which the event can affect. */
function candidates<Member>({ names, all, byValue }: Group<Member>, event: Pick<DomainEvent, 'fields'>): Set<Member> {
  const sets = sharedNames(names, event.fields).map((name) => byValue.get(valueKey(name, event.fields)) ?? new Set());
  return sets.reduce((smallest, each) => (each.size < smallest.size ? each : smallest), all) as Set<Member>;
}

const valueKey = (name: string, fields: Dependencies['fields']): string => `${name}\0${fields[name]}`;

function addTo<Member>(sets: Map<string, Set<Member>>, key: string, member: Member): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([member]));
  else set.add(member);
}

function removeFrom<Member>(sets: Map<string, Set<Member>>, key: string, member: Member): void {
  const set = sets.get(key);
  if (set?.delete(member) && set.size === 0) sets.delete(key);
}
