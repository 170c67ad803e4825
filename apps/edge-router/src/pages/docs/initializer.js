// Shows the API that this gateway serves. Whoever logs in by trying a login is logged in for what they try next: the token
// of the answer becomes the page's credential, which lives as long as the page.
/* global SwaggerUIBundle */
const ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  // Asks nobody else what it thinks of the document.
  validatorUrl: null,
  responseInterceptor: (response) => {
    const token = tokenOf(response);
    if (token !== undefined) ui.preauthorizeApiKey('bearer', token);
    return response;
  },
});

function tokenOf({ ok, text }) {
  if (!ok || typeof text !== 'string' || !text.includes('"accessToken"')) return undefined;
  try {
    const { accessToken } = JSON.parse(text);
    return typeof accessToken === 'string' ? accessToken : undefined;
  } catch {
    return undefined;
  }
}
