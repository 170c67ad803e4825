/** What a service is called. */
export interface ServiceNames {
  readonly name: string;
  readonly base: string;
  readonly identity: string;
  readonly package: string;
  readonly className: string;
  readonly propertyName: string;
  readonly prefix: string;
  readonly path: string;
}
export function serviceNames(name: string): ServiceNames;
export function plural(noun: string): string;
