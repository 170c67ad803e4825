/**
 * Goes on with a result that may already be there: without a promise, and so without a turn of the event loop, when it
 * is. What `then` throws is thrown or rejected accordingly.
 */
export function whenDone<T, R>(result: T | Promise<T>, then: (value: T) => R | Promise<R>): R | Promise<R> {
  return result instanceof Promise ? result.then(then) : then(result);
}
