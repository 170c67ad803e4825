import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { durationFromMs, durationMs } from '@bufbuild/protobuf/wkt';
import { registryV1 } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import type { Revision } from '../lease/revisions';

const { Verdict } = registryV1;

/** What a gateway says of an instance. */
export interface Said {
  /** Of which life of the instance. */
  readonly generation: Revision;
  /** UNSPECIFIED: most calls failed, which is no judgement yet. */
  readonly verdict: registryV1.Verdict;
  /** Whether calls since its last report bear it out. Who has ejected an instance may say FAILING without calling it. */
  readonly fresh: boolean;
  readonly why: string;
}

/** What a gateway says, by service and instance. */
export interface Report {
  /** The gateway's instance id. */
  readonly reporter: string;
  /** How long it counts, in milliseconds. */
  readonly validMs: number;
  readonly services: ReadonlyMap<string, ReadonlyMap<string, Said>>;
}

/** What a report may be. */
export const REPORT_BOUNDS = {
  validMs: { min: 1_000, default: 10_000, max: 60_000 },
  observations: 5_000,
  /** Characters of a name or an id. */
  name: 128,
  /** Characters of a reason; what is longer is cut. */
  why: 200,
} as const;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/**
 * Reads a report.
 * @throws GatewayError GW_BAD_REQUEST naming the field
 */
export function readReport({ reporter, valid, observations }: registryV1.ReportOutcomesRequest): Report {
  const { validMs: bounds } = REPORT_BOUNDS;
  const validMs = valid ? durationMs(valid) : bounds.default;
  if (!NAME.test(reporter)) throw refusal('reporter: must be the id of a gateway');
  if (!(validMs >= bounds.min && validMs <= bounds.max)) throw refusal('valid: must be between 1 s and 60 s');
  if (observations.length > REPORT_BOUNDS.observations)
    throw refusal(`observations: must be at most ${REPORT_BOUNDS.observations}`);
  const services = new Map<string, Map<string, Said>>();
  observations.forEach((observation, index) => {
    const said = read(observation, index);
    if (!said) return;
    const ofService = services.get(observation.service) ?? new Map<string, Said>();
    services.set(observation.service, ofService.set(observation.id, said));
  });
  return { reporter, validMs, services };
}

/** @returns null when it says nothing, or something that only newer registries know */
function read(observation: registryV1.Observation, index: number): Said | null {
  const { service, id, generation, verdict, successes, failures, why } = observation;
  const field = (name: string, says: string): GatewayError => refusal(`observations[${index}].${name}: ${says}`);
  if (!NAME.test(service)) throw field('service', 'must be the name of a service');
  if (!NAME.test(id)) throw field('id', 'must be the id of an instance');
  if (!generation || generation.epoch === '' || generation.epoch.length > REPORT_BOUNDS.name)
    throw field('generation', 'must be the generation that was called');
  if (Verdict[verdict] === undefined || (verdict === Verdict.UNSPECIFIED && failures <= successes)) return null;
  const { epoch, n } = generation;
  const fresh = (verdict === Verdict.ANSWERING ? successes : failures) > 0;
  return { generation: { epoch, n }, verdict, fresh, why: why.slice(0, REPORT_BOUNDS.why) };
}

/** A report as bytes, for other daemons: without what says nothing. */
export function encodeReport({ reporter, validMs, services }: Report): Uint8Array {
  const observations = [...services].flatMap(([service, instances]) =>
    [...instances].map(([id, { generation, verdict, fresh, why }]) => ({
      ...{ service, id, generation, verdict, why },
      ...(fresh && (verdict === Verdict.ANSWERING ? { successes: 1 } : { failures: 1 })),
    })),
  );
  const valid = durationFromMs(validMs);
  const message = create(registryV1.ReportOutcomesRequestSchema, { reporter, valid, observations });
  return toBinary(registryV1.ReportOutcomesRequestSchema, message);
}

/**
 * Reads what `encodeReport` wrote.
 * @throws Error when it is something else
 */
export const decodeReport = (bytes: Uint8Array): Report =>
  readReport(fromBinary(registryV1.ReportOutcomesRequestSchema, bytes));

const refusal = (detail: string): GatewayError => new GatewayError('GW_BAD_REQUEST', { detail });
