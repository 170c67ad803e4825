import { problemType } from './problem';
import { ERRORS, type ErrorCode, GrpcStatus } from './table';

const GRPC_NAMES = new Map<number, string>(Object.entries(GrpcStatus).map(([name, status]) => [status, name]));

/** The table of all errors as Markdown: what README.md holds. */
export function errorReference(): string {
  const rows = Object.entries(ERRORS).map(([code, { status, grpc, retryable, title }]) =>
    row(
      `\`${code}\``,
      String(status),
      GRPC_NAMES.get(grpc)!,
      retryable ? 'yes' : 'no',
      title,
      problemType(code as ErrorCode),
    ),
  );
  return [
    row('code', 'HTTP', 'gRPC', 'retry', 'title', 'type'),
    row('---', '--:', '---', '---', '---', '---'),
    ...rows,
  ].join('\n');
}

const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;
