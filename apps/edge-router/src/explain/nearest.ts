import type { Template, TemplateSegment } from '@gateway/route-table';
import type { Route } from '../pipeline/route';

/** A route that a request came near. */
export interface NearRoute {
  readonly id: string;
  readonly template: string;
  /** Empty: all. */
  readonly methods: readonly string[];
  /** Empty: all. */
  readonly hosts: readonly string[];
  /** What keeps the path from it, for people. */
  readonly why: string;
}

/** How many are worth showing. */
const MOST = 5;

interface Comparison {
  /** The more, the nearer. */
  readonly score: number;
  /** Null: the path fits. */
  readonly why: string | null;
}

/** The routes whose templates come closest to a path, the closest first. */
export function nearestRoutes(routes: readonly Route[], path: string, method: string): NearRoute[] {
  const segments = path === '/' ? [] : path.slice(1).split('/');
  return routes
    .map((route) => ({ route, ...compare(route.template, segments) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST)
    .map(({ route, why }) => {
      const { id, template, methods, hosts } = route;
      return { id, template: template.source, methods, hosts, why: why ?? otherwise(route, method) };
    });
}

/** Why a route isn't taken whose path fits. */
const otherwise = ({ methods, hosts }: Route, method: string): string =>
  methods.length > 0 && !methods.includes(method)
    ? `has only ${methods.join(', ')}`
    : `is for the hosts ${hosts.join(', ')}`;

function compare({ segments: wanted, verb }: Template, given: readonly string[]): Comparison {
  const isOpen = wanted.at(-1)?.kind === 'rest' || wanted.at(-1)?.kind === 'variableRest';
  const fixed = isOpen ? wanted.slice(0, -1) : wanted;
  const hasVerb = verb !== '' && given.at(-1)?.endsWith(`:${verb}`) === true;
  const segments = hasVerb ? given.with(-1, given.at(-1)!.slice(0, -verb.length - 1)) : given;
  const likeness = fixed.map((segment, index) => alike(segment, segments[index]));
  const missing = Math.max(0, fixed.length - segments.length);
  const surplus = isOpen ? 0 : Math.max(0, segments.length - fixed.length);
  // Wildcards alone are near everything, which says nothing.
  const isNear = fixed.some(({ kind }, index) => kind === 'literal' && likeness[index]! > 0);
  const score = isNear ? likeness.reduce((sum, each) => sum + each, 0) - missing - surplus : 0;
  const wrong = likeness.findIndex((each, index) => each < 1 && index < segments.length);
  if (wrong >= 0) return { score, why: `segment ${wrong + 1} is "${segments[wrong]}", not "${fixed[wrong]!.text}"` };
  if (missing > 0) return { score, why: `the path lacks ${missing} segments` };
  if (surplus > 0) return { score, why: `the path has ${surplus} segments more` };
  return { score, why: verb === '' || hasVerb ? null : `it ends in ":${verb}"` };
}

/** From 0, not at all, to 2, the same literal. A wildcard takes anything. */
function alike({ kind, text }: TemplateSegment, segment: string | undefined): number {
  if (segment === undefined) return 0;
  if (kind !== 'literal') return 1;
  if (text === segment) return 2;
  return isTypo(text.toLowerCase(), segment.toLowerCase()) ? 0.5 : 0;
}

/** Whether one is the other's beginning, or they differ at one place only. */
function isTypo(a: string, b: string): boolean {
  if (a.startsWith(b) || b.startsWith(a)) return true;
  // Of a letter or two, everything is a typo of everything.
  if (a.length < 3) return false;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  if (long.length - short.length > 1) return false;
  return long.slice(at + 1) === short.slice(short.length === long.length ? at + 1 : at);
}
