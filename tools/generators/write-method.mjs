// A method as text of the contract, the controller and the spec.

/** The method in the contract, without the messages. */
export const rpcOf = ({ method, does, rule, limit }) => `
  // ${does}
  rpc ${method}(${method}Request) returns (${method}Response) {
    option (google.api.http) = {${rule}};
    option (gateway.v1.policy) = {
      rate_limits: [
        {name: "${limit}" requests: 60 window: {seconds: 60} burst_limit: 10 user_based: true}
      ]
      mock: WHEN_UNAVAILABLE
    };
  }
`;

/** Its messages. */
export const messagesOf = ({ method, request, response }) => `
message ${method}Request {
${request.map((field) => `  ${field}`).join('\n')}
}

message ${method}Response {
${response.map((field) => `  ${field}`).join('\n')}
}
`;

/** Its handler. */
export const handlerOf = ({ method, property, takes, handler }) => `
  @GrpcHandler(method.${property})
  ${property}(${takes}: messages.${method}Request) {
    ${handler}
  }
`;

/** Its test. */
export const testOf = ({ method, test }) => `
test('${method}', async () => {
${test.map((line) => `  ${line}`).join('\n')}
});
`;
