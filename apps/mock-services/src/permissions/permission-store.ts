/** Permissions on projects: the only resources of the demonstration. */
export const PROJECT_PERMISSIONS = ['project:read', 'project:write'] as const;

export type ProjectPermission = (typeof PROJECT_PERMISSIONS)[number];

const isProjectPermission = (permission: string): permission is ProjectPermission =>
  (PROJECT_PERMISSIONS as readonly string[]).includes(permission);

/** Who may do what to which project. The Auth service answers from it, the Project service tells it of new projects. */
export class PermissionStore {
  /** Project → permission and subject. */
  readonly #grants = new Map<string, Set<string>>();

  grant(subject: string, project: string, permissions: readonly ProjectPermission[]): void {
    const grants = this.#grants.get(project) ?? new Set();
    for (const permission of permissions) grants.add(`${permission} ${subject}`);
    this.#grants.set(project, grants);
  }

  /** The project is gone, and all grants with it. */
  forget(project: string): void {
    this.#grants.delete(project);
  }

  /** Whether the project exists. */
  knows(project: string): boolean {
    return this.#grants.has(project);
  }

  /**
   * Whether the subject may do it. What doesn't exist can't be forbidden: the service that would own it answers
   * NOT_FOUND, so that a caller learns of a typing error instead of being told that it lacks a permission.
   */
  allowed(subject: string, permission: string, project: string): boolean {
    if (!isProjectPermission(permission)) return false;
    return this.#grants.get(project)?.has(`${permission} ${subject}`) ?? true;
  }
}
