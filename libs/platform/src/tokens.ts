/** Nest's token of the `Service`: `constructor(@Inject(SERVICE) service: Service<EdgeConfig>)`. */
export const SERVICE = Symbol('gateway.service');
