import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import type { Clock } from '@gateway/clock';
import { GrpcCallError, type GrpcEndpoint, type UnaryOptions, type UnaryResult } from '@gateway/grpc-pool';
import type { JSONWebKeySet } from 'jose';
import {
  AuthService,
  type CheckPermissionRequest,
  type CheckPermissionResponse,
  type ValidateTokenResponse,
} from '../gen/auth/v1/auth_service_pb';
import type { Endpoints } from './endpoints';

/** Sends encoded calls: a `GrpcPool`. */
export interface UnaryCaller {
  unary(endpoint: GrpcEndpoint, path: string, request: Uint8Array, options: UnaryOptions): Promise<UnaryResult>;
}

/** Hears how calls end, for the health check. */
export interface CallObserver {
  ok(): void;
  down(why: string): void;
}

type Method<I extends DescMessage, O extends DescMessage> = DescMethod & { readonly input: I; readonly output: O };

/** Keys are fetched for many callers at once: their own deadlines don't count. */
const JWKS_TIMEOUT_MS = 3_000;
/** Of one call: an instance that has just died is passed over. */
const ATTEMPTS = 3;

const { method } = AuthService;

/** The Auth service. A call rejects when no instance answers it in time, whatever the reason. */
export class AuthServiceClient {
  constructor(
    private readonly caller: UnaryCaller,
    private readonly endpoints: Endpoints,
    private readonly clock: Clock,
    private readonly observer: CallObserver,
  ) {}

  async getJwks(): Promise<JSONWebKeySet> {
    const { jwks } = await this.call(method.getJwks, {}, JWKS_TIMEOUT_MS);
    return JSON.parse(jwks) as JSONWebKeySet;
  }

  validateToken(token: string, timeoutMs: number): Promise<ValidateTokenResponse> {
    return this.call(method.validateToken, { token }, timeoutMs);
  }

  checkPermission(
    question: Pick<CheckPermissionRequest, 'subject' | 'permission' | 'resource'>,
    timeoutMs: number,
  ): Promise<CheckPermissionResponse> {
    return this.call(method.checkPermission, question, timeoutMs);
  }

  private async call<I extends DescMessage, O extends DescMessage>(
    called: Method<I, O>,
    request: MessageInitShape<I>,
    timeoutMs: number,
  ): Promise<MessageShape<O>> {
    const bytes = toBinary(called.input, create(called.input, request));
    const path = `/${called.parent.typeName}/${called.name}`;
    try {
      const answer = await this.attempt(path, bytes, this.clock.monotonic() + timeoutMs, ATTEMPTS);
      this.observer.ok();
      return fromBinary(called.output, answer.bytes);
    } catch (error) {
      this.observer.down(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  /** What an instance certainly didn't process is sent to the next one. */
  private async attempt(path: string, bytes: Uint8Array, deadline: number, attempts: number): Promise<UnaryResult> {
    const endpoint = this.endpoints.next();
    if (endpoint === null) throw new Error('no instance of the Auth service is known');
    try {
      const deadlineMs = Math.max(1, deadline - this.clock.monotonic());
      return await this.caller.unary(endpoint, path, bytes, { deadlineMs });
    } catch (error) {
      const refused = error instanceof GrpcCallError && error.refused;
      if (!refused || attempts === 1) throw error;
      return this.attempt(path, bytes, deadline, attempts - 1);
    }
  }
}
