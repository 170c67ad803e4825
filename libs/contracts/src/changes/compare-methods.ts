import type { DescMethod } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Idempotency } from '@bufbuild/protobuf/wkt';
import { type CompiledContract, type CompiledMethod, methodPlace } from '../compile';
import { comparePolicies } from './compare-policies';
import { compareRoutes, nameOfRoute } from './compare-routes';
import type { BreakingRule, ReportChange } from './contract-change';

/** Reports which methods came, went or differ, with their routes and policies. */
export function compareMethods(before: CompiledContract, after: CompiledContract, report: ReportChange): void {
  const known = new Set(before.methods.map(({ path }) => path));
  for (const method of before.methods) {
    const now = after.methods.find(({ path }) => path === method.path);
    if (now) compareMethod(method, now, report);
    else
      report({
        ...at(method),
        kind: 'removed',
        rule: 'RPC_NO_DELETE',
        detail: `the method${routesOf(method)} is gone`,
      });
  }
  for (const method of after.methods)
    if (!known.has(method.path))
      report({ ...at(method), kind: 'added', rule: null, detail: `the method${routesOf(method)}` });
}

function at({ desc }: CompiledMethod): { file: string; element: string } {
  const { file, symbol } = methodPlace(desc);
  return { file, element: symbol };
}

const routesOf = ({ bindings }: CompiledMethod): string =>
  bindings.length === 0 ? '' : ` with ${bindings.map(nameOfRoute).join(', ')}`;

function compareMethod(before: CompiledMethod, after: CompiledMethod, report: ReportChange): void {
  for (const [rule, what, read] of SAME) {
    const [was, is] = [read(before.desc), read(after.desc)];
    if (was !== is) report({ ...at(after), kind: 'changed', rule, detail: `its ${what} was ${was} and is ${is}` });
  }
  compareRoutes(before, after, report);
  comparePolicies(before, after, report);
}

/** What of a method may not differ. */
const SAME: readonly (readonly [BreakingRule, string, (desc: DescMethod) => string])[] = [
  ['RPC_SAME_REQUEST_TYPE', 'request', ({ input }) => input.typeName],
  ['RPC_SAME_RESPONSE_TYPE', 'response', ({ output }) => output.typeName],
  ['RPC_SAME_CLIENT_STREAMING', 'request stream', ({ methodKind }) => onOff(/client|bidi/, methodKind)],
  ['RPC_SAME_SERVER_STREAMING', 'response stream', ({ methodKind }) => onOff(/server|bidi/, methodKind)],
  ['RPC_SAME_IDEMPOTENCY_LEVEL', 'idempotency level', ({ idempotency }) => Idempotency[idempotency]!],
];

const onOff = (pattern: RegExp, kind: string): string => (pattern.test(kind) ? 'on' : 'off');
