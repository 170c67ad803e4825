import { Metadata } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { callerOf, claimantOf } from './caller';

const OWNER = 'spiffe://gateway.local/new-service';
const callBy = (name: string) => ({
  getAuthContext: () => ({ sslPeerCertificate: { subjectaltname: `URI:spiffe://gateway.local/${name}` } }),
});
function forUser(...scopes: string[]): Metadata {
  const metadata = new Metadata();
  metadata.set('x-user-id', 'u-grace');
  for (const each of scopes) metadata.add('x-user-scopes', each);
  return metadata;
}
const forbidden = expect.objectContaining({ code: 'GW_FORBIDDEN' });

describe('a call counts as', () => {
  test('the certificate’s identity', () => {
    expect(callerOf(callBy('project-service'), new Metadata())).toBe('spiffe://gateway.local/project-service');
    expect(callerOf(callBy('edge-router'), new Metadata())).toBe('spiffe://gateway.local/edge-router');
    expect(claimantOf(callBy('operator'), new Metadata(), '')).toBe('spiffe://gateway.local/operator');
  });

  test('the operator’s, when the gateway makes it for a user with the scope', () => {
    expect(callerOf(callBy('edge-router'), forUser('projects:read registry:admin'))).toBe(
      'spiffe://gateway.local/operator',
    );
    expect(claimantOf(callBy('edge-router'), forUser('registry:admin'), OWNER)).toBe('spiffe://gateway.local/operator');
  });

  test('nobody’s, when the user has no such scope', () => {
    expect(() => callerOf(callBy('edge-router'), forUser())).toThrow(forbidden);
    expect(() => callerOf(callBy('edge-router'), forUser('registry:administrator', 'admin'))).toThrow(forbidden);
    expect(() => claimantOf(callBy('edge-router'), forUser('projects:read'), OWNER)).toThrow(forbidden);
  });

  test('itself, whatever user another service names', () => {
    expect(callerOf(callBy('project-service'), forUser('registry:admin'))).toBe(
      'spiffe://gateway.local/project-service',
    );
    expect(claimantOf(callBy('project-service'), forUser('registry:admin'), '')).toBe(
      'spiffe://gateway.local/project-service',
    );
  });
});

test('a user of the gateway says for whom', () => {
  expect(() => claimantOf(callBy('edge-router'), forUser('registry:admin'), '')).toThrow(
    expect.objectContaining({ code: 'GW_BAD_REQUEST', message: expect.stringMatching(/^owner: /) }),
  );
});
