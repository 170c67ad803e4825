/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment. The only place that reads it; everything else gets values. */
export const readEnvironment = (): Environment => ({ ...process.env });
