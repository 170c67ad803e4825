// Generated from protos/ by npm run generate. Do not edit.
export interface paths {
    "/api/registry/v1/contracts/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A contract by its digest */
        get: operations["RegistryService_GetContract"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registry/v1/instances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a lease for one instance
         * @description Takes a lease for one instance. Registering an instance id again replaces it under a new generation.
         */
        post: operations["RegistryService_Register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registry/v1/leases/{lease_id_1}/{lease_id_2}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Gives a lease up
         * @description Gives a lease up. Idempotent.
         */
        delete: operations["RegistryService_Deregister"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registry/v1/leases/{lease_id_1}/{lease_id_2}:renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Extends a lease
         * @description Extends a lease. NOT_FOUND: the lease is unknown, register again. FAILED_PRECONDITION: a newer generation replaced it.
         */
        post: operations["RegistryService_Renew"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registry/v1/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The live instances of one service, or of all */
        get: operations["RegistryService_Discover"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registry/v1/services/{service}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The live instances of one service, or of all */
        get: operations["RegistryService_Discover_2"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registry/v1/services/{service}/contracts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The publications of a service that are kept, newest first */
        get: operations["RegistryService_ListPublications"];
        put?: never;
        /**
         * Publishes a contract without an instance
         * @description Publishes a contract without an instance. One that is refused is answered with a ContractRefusal in the details of the status: FAILED_PRECONDITION when it breaks the one in force, PERMISSION_DENIED when it claims what isn't its owner's, INVALID_ARGUMENT when it can't be served. What is in force already is no publication.
         */
        post: operations["RegistryService_PublishContract"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registry/v1/services/{service}/contracts:diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What publishing a contract would change, and why it would be refused
         * @description What publishing a contract would change, and why it would be refused. Nothing happens.
         */
        post: operations["RegistryService_DiffContract"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registry/v1/services/{service}/contracts:rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Puts an older contract of a service in force again, as a new publication
         * @description Puts an older contract of a service in force again, as a new publication. Only the operator may.
         */
        post: operations["RegistryService_RollBackContract"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchanges an e-mail address and a password for tokens
         * @description Limit `per-ip`: 10 calls in 60 s for each ip. Limit `per-account`: 10 calls in 60 s for each field email.
         */
        post: operations["AuthService_Login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends the caller's session everywhere */
        post: operations["AuthService_Logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchanges a refresh token for new tokens; the old refresh token ends
         * @description Limit `per-ip`: 60 calls in 60 s for each ip.
         */
        post: operations["AuthService_Refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The projects that the caller may read, oldest first
         * @description Limit `per-user`: 300 calls in 60 s, 50 of them in one second for each user.
         */
        get: operations["ProjectService_ListProjects"];
        put?: never;
        /**
         * Creates a project that the caller owns
         * @description Limit `per-user`: 300 calls in 60 s, 50 of them in one second for each user.
         */
        post: operations["ProjectService_CreateProject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{project_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One project
         * @description Needs the permission `project:read` on `{project_id}`. Limit `per-user`: 300 calls in 60 s, 50 of them in one second for each user. Answers are cached for up to 300 s.
         */
        get: operations["ProjectService_GetProject"];
        put?: never;
        post?: never;
        /**
         * Deletes a project
         * @description Needs the permission `project:write` on `{project_id}`. Limit `per-user`: 300 calls in 60 s, 50 of them in one second for each user.
         */
        delete: operations["ProjectService_DeleteProject"];
        options?: never;
        head?: never;
        /**
         * Changes the fields that are present
         * @description Needs the permission `project:write` on `{project_id}`. Limit `per-user`: 300 calls in 60 s, 50 of them in one second for each user.
         */
        patch: operations["ProjectService_UpdateProject"];
        trace?: never;
    };
    "/api/v1/simulations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Starts a simulation of a project that the caller may write
         * @description Needs the permission `project:write` on `{project_id}`. Limit `per-user`: 120 calls in 60 s for each user.
         */
        post: operations["SimulationService_CreateSimulation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/simulations/{simulation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One simulation
         * @description Limit `per-user`: 120 calls in 60 s for each user.
         */
        get: operations["SimulationService_GetSimulation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/simulations/{simulation_id}:watch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One simulation as it is now, then each time that it got further, until it is done
         * @description A stream: the answer has one JSON message a line. Over WebSocket, on the same path, each text message is one of them.
         *
         *     Limit `per-user`: 120 calls in 60 s for each user.
         */
        get: operations["SimulationService_WatchSimulation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The caller's own profile
         * @description Answers are cached for up to 900 s.
         */
        get: operations["AuthService_GetUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchanges an e-mail address and a password for tokens
         * @description Limit `per-ip`: 10 calls in 60 s for each ip. Limit `per-account`: 10 calls in 60 s for each field email.
         */
        post: operations["AuthService_Login_2"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        "auth.v1.LoginRequest": {
            /** Format: email */
            email: string;
            /** Format: password */
            password: string;
        };
        "auth.v1.LoginResponse": {
            /** Format: password */
            accessToken: string;
            /** Format: password */
            refreshToken: string;
            /**
             * Format: int32
             * @description Seconds until the access token ends.
             */
            expiresIn: number;
        };
        "auth.v1.LogoutRequest": Record<string, never>;
        "auth.v1.LogoutResponse": Record<string, never>;
        "auth.v1.RefreshRequest": {
            /** Format: password */
            refreshToken?: string;
        };
        "auth.v1.RefreshResponse": {
            /** Format: password */
            accessToken: string;
            /** Format: password */
            refreshToken: string;
            /**
             * Format: int32
             * @description Seconds until the access token ends.
             */
            expiresIn: number;
        };
        "auth.v1.User": {
            id: string;
            email: string;
            name: string;
        };
        /** @description One difference between two contracts. */
        "gateway.registry.v1.ContractChange": {
            kind: components["schemas"]["gateway.registry.v1.ContractChange.Kind"];
            /** @description The full name of the method, the message's field or the enum's value; empty for a file. */
            element: string;
            /** @description The `.proto` file that has it, or had it. */
            file: string;
            /**
             * Format: uint32
             * @description Where in the file, from 1; 0: not known.
             */
            line: number;
            /** @description The rule that it breaks, such as FIELD_SAME_NAME or ROUTE_NO_DELETE; empty: it breaks nothing. */
            rule: string;
            detail: string;
        };
        /** @enum {string} */
        "gateway.registry.v1.ContractChange.Kind": "KIND_UNSPECIFIED" | "KIND_ADDED" | "KIND_REMOVED" | "KIND_CHANGED";
        /** @description The contract of a service that is in force. */
        "gateway.registry.v1.ContractRef": {
            service: string;
            /** @description "sha256:" and the hex digest of the descriptor set's bytes. */
            digest: string;
            /** @description The SPIFFE id that published it. */
            owner: string;
            /** Format: date-time */
            publishedAt?: string;
            /** @description gRPC paths of the methods with `mock: WHEN_UNAVAILABLE` that no instance has served since they came into the contract. */
            unservedMethods: string[];
        };
        "gateway.registry.v1.ContractViolation": {
            /** @description What it breaks: a rule of changes, or a word such as `binding`, `policy`, `path`, `taken`. */
            rule: string;
            /** @description The full name of what is refused; empty for a file or the whole set. */
            element: string;
            /** @description The `.proto` file; empty for the whole set. */
            file: string;
            /**
             * Format: uint32
             * @description Where in the file, from 1; 0: not known.
             */
            line: number;
            detail: string;
        };
        "gateway.registry.v1.DeregisterResponse": Record<string, never>;
        "gateway.registry.v1.DiffContractResponse": {
            /** @description Of the contract that is asked about. */
            digest: string;
            /** @description Of the one in force; empty: there is none. */
            digestInForce: string;
            changes: components["schemas"]["gateway.registry.v1.ContractChange"][];
            /** @description Why it would be refused; empty: it wouldn't. */
            violations: components["schemas"]["gateway.registry.v1.ContractViolation"][];
        };
        "gateway.registry.v1.DiscoverResponse": {
            revision?: components["schemas"]["gateway.registry.v1.Revision"];
            instances: components["schemas"]["gateway.registry.v1.Instance"][];
            contracts: components["schemas"]["gateway.registry.v1.ContractRef"][];
        };
        /** @description An instance that enough gateways agreed to take out. */
        "gateway.registry.v1.Ejection": {
            why?: string;
            /** Format: date-time */
            until?: string;
            /**
             * Format: uint32
             * @description How many gateways agreed, and of how many.
             */
            agreed?: number;
            /** Format: uint32 */
            reporters?: number;
            /** @description It would be ejected; in shadow mode it still gets calls. */
            shadow?: boolean;
        };
        "gateway.registry.v1.GetContractResponse": {
            contract?: components["schemas"]["gateway.registry.v1.ContractRef"];
            /** Format: byte */
            descriptorSet: string;
        };
        "gateway.registry.v1.Health": {
            state?: components["schemas"]["gateway.registry.v1.HealthState"];
            /** @description The reason of the latest failure. */
            why?: string;
            /** Format: date-time */
            since?: string;
        };
        /** @description How an instance is checked. */
        "gateway.registry.v1.HealthCheck": {
            kind?: components["schemas"]["gateway.registry.v1.HealthCheck.Kind"];
            target?: string;
            /** @description Default 3 s, spread by up to a tenth; 1 s to 60 s. */
            interval?: string;
            /** @description Default 1 s. */
            timeout?: string;
            /**
             * Format: uint32
             * @description Failures in a row until the instance counts as failing. Default 3.
             */
            unhealthyThreshold?: number;
            /**
             * Format: uint32
             * @description Passes in a row until it counts as passing again. Default 1.
             */
            healthyThreshold?: number;
        };
        /** @enum {string} */
        "gateway.registry.v1.HealthCheck.Kind": "KIND_UNSPECIFIED" | "KIND_GRPC" | "KIND_HTTP" | "KIND_TCP" | "KIND_NONE";
        /**
         * @description What active checks say of an instance.
         * @enum {string}
         */
        "gateway.registry.v1.HealthState": "HEALTH_STATE_UNSPECIFIED" | "HEALTH_STATE_PASSING" | "HEALTH_STATE_FAILING";
        /** @description One running copy of a service. */
        "gateway.registry.v1.Instance": {
            /** @description Unique within its service, chosen by the instance, stable over its life. */
            id?: string;
            service?: string;
            /** @description host:port */
            address?: string;
            protocol?: components["schemas"]["gateway.registry.v1.Protocol"];
            /** @description Set by the registry. */
            generation?: components["schemas"]["gateway.registry.v1.Revision"];
            /** @description Digest of the contract that this instance serves; empty when it has none. */
            contractDigest?: string;
            /**
             * Format: uint32
             * @description Relative share of traffic. 0 means 1.
             */
            weight?: number;
            zone?: string;
            metadata?: {
                [key: string]: string;
            };
            state?: components["schemas"]["gateway.registry.v1.InstanceState"];
            /** @description The SPIFFE id that the instance's certificate must carry. Set by the registry. */
            owner?: string;
            load?: components["schemas"]["gateway.registry.v1.Load"];
            version?: string;
            /** @description How the registry is to check it. Absent: by its protocol (grpc.health.v1 for gRPC, a TCP connection for others). */
            healthCheck?: components["schemas"]["gateway.registry.v1.HealthCheck"];
            /** @description What the checks say. Set by the registry. */
            health?: components["schemas"]["gateway.registry.v1.Health"];
            /** @description Set by the registry while the instance is taken out everywhere. */
            ejection?: components["schemas"]["gateway.registry.v1.Ejection"];
        };
        /**
         * @description Where an instance is in its life.
         * @enum {string}
         */
        "gateway.registry.v1.InstanceState": "INSTANCE_STATE_UNSPECIFIED" | "INSTANCE_STATE_STARTING" | "INSTANCE_STATE_READY" | "INSTANCE_STATE_DRAINING";
        "gateway.registry.v1.ListPublicationsResponse": {
            publications: components["schemas"]["gateway.registry.v1.Publication"][];
        };
        /** @description What an instance says of itself with each renewal. */
        "gateway.registry.v1.Load": {
            /**
             * Format: uint32
             * @description Open connections or sockets.
             */
            connections?: number;
            /** Format: uint32 */
            inFlight?: number;
        };
        /**
         * @description What an instance speaks.
         * @enum {string}
         */
        "gateway.registry.v1.Protocol": "PROTOCOL_UNSPECIFIED" | "PROTOCOL_GRPC" | "PROTOCOL_HTTP1" | "PROTOCOL_H2";
        /** @description One publication of a contract, as the history keeps it. */
        "gateway.registry.v1.Publication": {
            contract?: components["schemas"]["gateway.registry.v1.ContractRef"];
            inForce: boolean;
            /** @description The SPIFFE id that published it for the owner; empty: the owner itself. */
            publishedBy: string;
            /** @description The operator allowed that it broke the one before. */
            allowedBreaking: boolean;
            note: string;
        };
        "gateway.registry.v1.PublishContractResponse": {
            digest: string;
            revision?: components["schemas"]["gateway.registry.v1.Revision"];
            /** @description How it differs from the one that was in force, what breaks first. Empty: it is the first one, or nothing changed. */
            changes: components["schemas"]["gateway.registry.v1.ContractChange"][];
        };
        "gateway.registry.v1.RegisterRequest": {
            instance?: components["schemas"]["gateway.registry.v1.Instance"];
            /**
             * Format: byte
             * @description A serialized google.protobuf.FileDescriptorSet with its imports; may be empty when `instance.contract_digest` names a known contract, or when the service has none.
             */
            descriptorSet?: string;
            /** @description How long the lease lasts without renewal. 1 s to 60 s; default 10 s. */
            lease?: string;
            /** @description Only the operator: registers for another identity. */
            owner?: string;
        };
        "gateway.registry.v1.RegisterResponse": {
            leaseId: string;
            generation?: components["schemas"]["gateway.registry.v1.Revision"];
            /** @description Seconds, such as `1.5s`. */
            lease?: string;
            contractDigest: string;
        };
        "gateway.registry.v1.RenewResponse": {
            revision?: components["schemas"]["gateway.registry.v1.Revision"];
            /** @description Seconds, such as `1.5s`. */
            lease?: string;
        };
        /** @description A point in the registry's history. Points of different epochs have no order: the store was lost in between. */
        "gateway.registry.v1.Revision": {
            epoch?: string;
            /** Format: uint64 */
            n?: string;
        };
        "gateway.registry.v1.RollBackContractResponse": {
            digest: string;
            revision?: components["schemas"]["gateway.registry.v1.Revision"];
            changes: components["schemas"]["gateway.registry.v1.ContractChange"][];
        };
        "project.v1.CreateProjectRequest": {
            name: string;
            description?: string;
            tags?: string[];
        };
        "project.v1.ListProjectsResponse": {
            projects: components["schemas"]["project.v1.Project"][];
            /** @description Empty on the last page. */
            nextPageToken: string;
        };
        "project.v1.Project": {
            id: string;
            name: string;
            description: string;
            ownerId: string;
            tags: string[];
            /**
             * Format: int32
             * @description Grows by one with each change.
             */
            revision: number;
            /** Format: date-time */
            createdAt?: string;
            /** Format: date-time */
            updatedAt?: string;
        };
        "simulation.v1.CreateSimulationRequest": {
            projectId: string;
            kind: string;
            /** Format: int32 */
            steps: number;
        };
        "simulation.v1.Simulation": {
            id: string;
            projectId: string;
            kind: string;
            /** Format: int32 */
            steps: number;
            /** Format: int32 */
            completedSteps: number;
            state: components["schemas"]["simulation.v1.SimulationState"];
            /** Format: date-time */
            createdAt?: string;
        };
        /**
         * @description How far a simulation is.
         * @enum {string}
         */
        "simulation.v1.SimulationState": "SIMULATION_STATE_UNSPECIFIED" | "SIMULATION_STATE_RUNNING" | "SIMULATION_STATE_DONE";
        /** @description A problem document (RFC 9457). */
        Problem: {
            /**
             * Format: uri
             * @description Names the kind of failure.
             */
            type: string;
            /** @description The kind of failure in words, always the same. */
            title: string;
            /** @description The HTTP status. */
            status: number;
            /** @description What happened this time. */
            detail?: string;
            /** @description The path of the request. */
            instance?: string;
            /** @description The kind of failure, for programs. */
            code: string;
            /** @description Names the request in logs and traces. */
            requestId?: string;
            /** @description The fields that are wrong. */
            errors?: {
                /** @description JSON pointer (RFC 6901) into the body, or `query/<name>`, `path/<name>`, `header/<name>`. */
                pointer: string;
                rule: string;
                detail: string;
            }[];
            /** @description Names of the limits that were exceeded. */
            "violated-policies"?: string[];
            /** @description Seconds until the call may succeed. */
            retryAfter?: number;
        };
    };
    responses: {
        /** @description The request is malformed (`GW_BAD_REQUEST`). The body cannot be read (`GW_BAD_BODY`). A field has a wrong value (`GW_INVALID_FIELD`). The current state does not allow this (`GW_FAILED_PRECONDITION`). */
        InvalidBody: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:bad-request" | "urn:gateway:problem:bad-body" | "urn:gateway:problem:invalid-field" | "urn:gateway:problem:failed-precondition";
                    /** @enum {unknown} */
                    code?: "GW_BAD_REQUEST" | "GW_BAD_BODY" | "GW_INVALID_FIELD" | "GW_FAILED_PRECONDITION";
                    /** @constant */
                    status?: 400;
                };
            };
        };
        /** @description The request is malformed (`GW_BAD_REQUEST`). A field has a wrong value (`GW_INVALID_FIELD`). The current state does not allow this (`GW_FAILED_PRECONDITION`). */
        InvalidRequest: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:bad-request" | "urn:gateway:problem:invalid-field" | "urn:gateway:problem:failed-precondition";
                    /** @enum {unknown} */
                    code?: "GW_BAD_REQUEST" | "GW_INVALID_FIELD" | "GW_FAILED_PRECONDITION";
                    /** @constant */
                    status?: 400;
                };
            };
        };
        /** @description A valid credential is required (`GW_UNAUTHENTICATED`). */
        Unauthenticated: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:unauthenticated";
                    /** @enum {unknown} */
                    code?: "GW_UNAUTHENTICATED";
                    /** @constant */
                    status?: 401;
                };
            };
        };
        /** @description The caller may not do this (`GW_FORBIDDEN`). */
        Forbidden: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:forbidden";
                    /** @enum {unknown} */
                    code?: "GW_FORBIDDEN";
                    /** @constant */
                    status?: 403;
                };
            };
        };
        /** @description There is no such resource (`GW_NOT_FOUND`). */
        NotFound: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:not-found";
                    /** @enum {unknown} */
                    code?: "GW_NOT_FOUND";
                    /** @constant */
                    status?: 404;
                };
            };
        };
        /** @description The request took too long to arrive (`GW_REQUEST_TIMEOUT`). */
        SlowRequest: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                /** @description Seconds until the call may succeed; absent when nobody knows. */
                "retry-after"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:request-timeout";
                    /** @enum {unknown} */
                    code?: "GW_REQUEST_TIMEOUT";
                    /** @constant */
                    status?: 408;
                };
            };
        };
        /** @description The body is too large (`GW_BODY_TOO_LARGE`). */
        BodyTooLarge: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:body-too-large";
                    /** @enum {unknown} */
                    code?: "GW_BODY_TOO_LARGE";
                    /** @constant */
                    status?: 413;
                };
            };
        };
        /** @description The content type is not accepted (`GW_UNSUPPORTED_MEDIA_TYPE`). */
        UnsupportedMediaType: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:unsupported-media-type";
                    /** @enum {unknown} */
                    code?: "GW_UNSUPPORTED_MEDIA_TYPE";
                    /** @constant */
                    status?: 415;
                };
            };
        };
        /** @description Too many requests (`GW_RATE_LIMITED`). */
        RateLimited: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                /** @description Seconds until the call may succeed; absent when nobody knows. */
                "retry-after"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:rate-limited";
                    /** @enum {unknown} */
                    code?: "GW_RATE_LIMITED";
                    /** @constant */
                    status?: 429;
                };
            };
        };
        /** @description The gateway failed (`GW_INTERNAL`). The service reported an error (`GW_UPSTREAM_ERROR`). */
        Failed: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:internal" | "urn:gateway:problem:upstream-error";
                    /** @enum {unknown} */
                    code?: "GW_INTERNAL" | "GW_UPSTREAM_ERROR";
                    /** @constant */
                    status?: 500;
                };
            };
        };
        /** @description The service does not implement this (`GW_NOT_IMPLEMENTED`). */
        NotImplemented: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:not-implemented";
                    /** @enum {unknown} */
                    code?: "GW_NOT_IMPLEMENTED";
                    /** @constant */
                    status?: 501;
                };
            };
        };
        /** @description The upstream could not be reached (`GW_UPSTREAM_REFUSED`). The upstream broke the protocol (`GW_UPSTREAM_PROTOCOL`). */
        BadUpstream: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                /** @description Seconds until the call may succeed; absent when nobody knows. */
                "retry-after"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:upstream-refused" | "urn:gateway:problem:upstream-protocol";
                    /** @enum {unknown} */
                    code?: "GW_UPSTREAM_REFUSED" | "GW_UPSTREAM_PROTOCOL";
                    /** @constant */
                    status?: 502;
                };
            };
        };
        /** @description The service is unavailable (`GW_UNAVAILABLE`). No instance of the service is available (`GW_NO_INSTANCE`). The instance has failed too often (`GW_CIRCUIT_OPEN`). The service has no room for more calls (`GW_UPSTREAM_OVERLOADED`). The gateway is overloaded (`GW_OVERLOADED`). The gateway is shutting down (`GW_DRAINING`). The credential cannot be checked now (`GW_AUTH_UNAVAILABLE`). */
        UnavailableOrUnverified: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                /** @description Seconds until the call may succeed; absent when nobody knows. */
                "retry-after"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:unavailable" | "urn:gateway:problem:no-instance" | "urn:gateway:problem:circuit-open" | "urn:gateway:problem:upstream-overloaded" | "urn:gateway:problem:overloaded" | "urn:gateway:problem:draining" | "urn:gateway:problem:auth-unavailable";
                    /** @enum {unknown} */
                    code?: "GW_UNAVAILABLE" | "GW_NO_INSTANCE" | "GW_CIRCUIT_OPEN" | "GW_UPSTREAM_OVERLOADED" | "GW_OVERLOADED" | "GW_DRAINING" | "GW_AUTH_UNAVAILABLE";
                    /** @constant */
                    status?: 503;
                };
            };
        };
        /** @description The service is unavailable (`GW_UNAVAILABLE`). No instance of the service is available (`GW_NO_INSTANCE`). The instance has failed too often (`GW_CIRCUIT_OPEN`). The service has no room for more calls (`GW_UPSTREAM_OVERLOADED`). The gateway is overloaded (`GW_OVERLOADED`). The gateway is shutting down (`GW_DRAINING`). */
        Unavailable: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                /** @description Seconds until the call may succeed; absent when nobody knows. */
                "retry-after"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:unavailable" | "urn:gateway:problem:no-instance" | "urn:gateway:problem:circuit-open" | "urn:gateway:problem:upstream-overloaded" | "urn:gateway:problem:overloaded" | "urn:gateway:problem:draining";
                    /** @enum {unknown} */
                    code?: "GW_UNAVAILABLE" | "GW_NO_INSTANCE" | "GW_CIRCUIT_OPEN" | "GW_UPSTREAM_OVERLOADED" | "GW_OVERLOADED" | "GW_DRAINING";
                    /** @constant */
                    status?: 503;
                };
            };
        };
        /** @description The call took too long (`GW_TIMEOUT`). */
        TimedOut: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                /** @description Seconds until the call may succeed; absent when nobody knows. */
                "retry-after"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:timeout";
                    /** @enum {unknown} */
                    code?: "GW_TIMEOUT";
                    /** @constant */
                    status?: 504;
                };
            };
        };
        /** @description What the service itself answers. A valid credential is required (`GW_UNAUTHENTICATED`). The caller may not do this (`GW_FORBIDDEN`). There is no such resource (`GW_NOT_FOUND`). The request conflicts with the current state (`GW_CONFLICT`). The request collided with another (`GW_ABORTED`). Too many requests (`GW_RATE_LIMITED`). The client went away (`GW_CLIENT_CLOSED`). */
        ServiceFailure: {
            headers: {
                /**
                 * @description Names the request in logs and traces.
                 * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                 */
                "x-request-id"?: string;
                /** @description Seconds until the call may succeed; absent when nobody knows. */
                "retry-after"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:gateway:problem:unauthenticated" | "urn:gateway:problem:forbidden" | "urn:gateway:problem:not-found" | "urn:gateway:problem:conflict" | "urn:gateway:problem:aborted" | "urn:gateway:problem:rate-limited" | "urn:gateway:problem:client-closed";
                    /** @enum {unknown} */
                    code?: "GW_UNAUTHENTICATED" | "GW_FORBIDDEN" | "GW_NOT_FOUND" | "GW_CONFLICT" | "GW_ABORTED" | "GW_RATE_LIMITED" | "GW_CLIENT_CLOSED";
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    RegistryService_GetContract: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `gateway.registry.v1.GetContractResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway.registry.v1.GetContractResponse"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    RegistryService_Register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["gateway.registry.v1.RegisterRequest"];
            };
        };
        responses: {
            /** @description `gateway.registry.v1.RegisterResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway.registry.v1.RegisterResponse"];
                };
            };
            400: components["responses"]["InvalidBody"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["SlowRequest"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    RegistryService_Deregister: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lease_id_1: string;
                lease_id_2: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `gateway.registry.v1.DeregisterResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway.registry.v1.DeregisterResponse"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    RegistryService_Renew: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lease_id_1: string;
                lease_id_2: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    load?: components["schemas"]["gateway.registry.v1.Load"];
                    state?: components["schemas"]["gateway.registry.v1.InstanceState"];
                };
            };
        };
        responses: {
            /** @description `gateway.registry.v1.RenewResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway.registry.v1.RenewResponse"];
                };
            };
            400: components["responses"]["InvalidBody"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["SlowRequest"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    RegistryService_Discover: {
        parameters: {
            query?: {
                /** @description Empty: all services. */
                service?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `gateway.registry.v1.DiscoverResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway.registry.v1.DiscoverResponse"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    RegistryService_Discover_2: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Empty: all services. */
                service: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `gateway.registry.v1.DiscoverResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway.registry.v1.DiscoverResponse"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    RegistryService_ListPublications: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                service: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `gateway.registry.v1.ListPublicationsResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway.registry.v1.ListPublicationsResponse"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    RegistryService_PublishContract: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                service: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** Format: byte */
                    descriptorSet?: string;
                    /** @description Only the operator: publishes for another identity. */
                    owner?: string;
                    /** @description Only the operator: takes also what breaks the contract in force. It is recorded. */
                    allowBreaking?: boolean;
                    /** @description Why, for the history; up to 500 characters. */
                    note?: string;
                };
            };
        };
        responses: {
            /** @description `gateway.registry.v1.PublishContractResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway.registry.v1.PublishContractResponse"];
                };
            };
            400: components["responses"]["InvalidBody"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["SlowRequest"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    RegistryService_DiffContract: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                service: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** Format: byte */
                    descriptorSet?: string;
                    /** @description Only the operator: asks for another identity. */
                    owner?: string;
                };
            };
        };
        responses: {
            /** @description `gateway.registry.v1.DiffContractResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway.registry.v1.DiffContractResponse"];
                };
            };
            400: components["responses"]["InvalidBody"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["SlowRequest"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    RegistryService_RollBackContract: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                service: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Which contract of the history; a beginning that is unique will do. Empty: the one before the one in force. */
                    digest?: string;
                    /** @description Why, for the history; up to 500 characters. */
                    note?: string;
                };
            };
        };
        responses: {
            /** @description `gateway.registry.v1.RollBackContractResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway.registry.v1.RollBackContractResponse"];
                };
            };
            400: components["responses"]["InvalidBody"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["SlowRequest"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    AuthService_Login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["auth.v1.LoginRequest"];
            };
        };
        responses: {
            /** @description `auth.v1.LoginResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    /**
                     * @description The limits in force: how many calls (`q`) in how many seconds (`w`).
                     * @example "per-ip";q=10;w=60
                     */
                    "ratelimit-policy"?: string;
                    /**
                     * @description What is left (`r`) and for how many seconds (`t`).
                     * @example "per-ip";r=42;t=17
                     */
                    ratelimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["auth.v1.LoginResponse"];
                };
            };
            400: components["responses"]["InvalidBody"];
            408: components["responses"]["SlowRequest"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    AuthService_Logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["auth.v1.LogoutRequest"];
            };
        };
        responses: {
            /** @description `auth.v1.LogoutResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["auth.v1.LogoutResponse"];
                };
            };
            400: components["responses"]["InvalidBody"];
            401: components["responses"]["Unauthenticated"];
            408: components["responses"]["SlowRequest"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    AuthService_Refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["auth.v1.RefreshRequest"];
            };
        };
        responses: {
            /** @description `auth.v1.RefreshResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    /**
                     * @description The limits in force: how many calls (`q`) in how many seconds (`w`).
                     * @example "per-ip";q=60;w=60
                     */
                    "ratelimit-policy"?: string;
                    /**
                     * @description What is left (`r`) and for how many seconds (`t`).
                     * @example "per-ip";r=42;t=17
                     */
                    ratelimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["auth.v1.RefreshResponse"];
                };
            };
            400: components["responses"]["InvalidBody"];
            408: components["responses"]["SlowRequest"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    ProjectService_ListProjects: {
        parameters: {
            query?: {
                /** @description 1 to 100; default 20. */
                pageSize?: number;
                pageToken?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `project.v1.ListProjectsResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    /**
                     * @description The limits in force: how many calls (`q`) in how many seconds (`w`).
                     * @example "per-user";q=300;w=60
                     */
                    "ratelimit-policy"?: string;
                    /**
                     * @description What is left (`r`) and for how many seconds (`t`).
                     * @example "per-user";r=42;t=17
                     */
                    ratelimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["project.v1.ListProjectsResponse"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    ProjectService_CreateProject: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["project.v1.CreateProjectRequest"];
            };
        };
        responses: {
            /** @description `project.v1.Project` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    /**
                     * @description The limits in force: how many calls (`q`) in how many seconds (`w`).
                     * @example "per-user";q=300;w=60
                     */
                    "ratelimit-policy"?: string;
                    /**
                     * @description What is left (`r`) and for how many seconds (`t`).
                     * @example "per-user";r=42;t=17
                     */
                    ratelimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["project.v1.Project"];
                };
            };
            400: components["responses"]["InvalidBody"];
            401: components["responses"]["Unauthenticated"];
            408: components["responses"]["SlowRequest"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    ProjectService_GetProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `project.v1.Project` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    /**
                     * @description The limits in force: how many calls (`q`) in how many seconds (`w`).
                     * @example "per-user";q=300;w=60
                     */
                    "ratelimit-policy"?: string;
                    /**
                     * @description What is left (`r`) and for how many seconds (`t`).
                     * @example "per-user";r=42;t=17
                     */
                    ratelimit?: string;
                    /**
                     * @description Whether the answer came from the cache (RFC 9211).
                     * @example gateway; hit; ttl=280
                     */
                    "cache-status"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["project.v1.Project"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    ProjectService_DeleteProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `google.protobuf.Empty` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    /**
                     * @description The limits in force: how many calls (`q`) in how many seconds (`w`).
                     * @example "per-user";q=300;w=60
                     */
                    "ratelimit-policy"?: string;
                    /**
                     * @description What is left (`r`) and for how many seconds (`t`).
                     * @example "per-user";r=42;t=17
                     */
                    ratelimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    ProjectService_UpdateProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    name?: string;
                    description?: string;
                    tags?: string[];
                };
            };
        };
        responses: {
            /** @description `project.v1.Project` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    /**
                     * @description The limits in force: how many calls (`q`) in how many seconds (`w`).
                     * @example "per-user";q=300;w=60
                     */
                    "ratelimit-policy"?: string;
                    /**
                     * @description What is left (`r`) and for how many seconds (`t`).
                     * @example "per-user";r=42;t=17
                     */
                    ratelimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["project.v1.Project"];
                };
            };
            400: components["responses"]["InvalidBody"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["SlowRequest"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    SimulationService_CreateSimulation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["simulation.v1.CreateSimulationRequest"];
            };
        };
        responses: {
            /** @description `simulation.v1.Simulation` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    /**
                     * @description The limits in force: how many calls (`q`) in how many seconds (`w`).
                     * @example "per-user";q=120;w=60
                     */
                    "ratelimit-policy"?: string;
                    /**
                     * @description What is left (`r`) and for how many seconds (`t`).
                     * @example "per-user";r=42;t=17
                     */
                    ratelimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["simulation.v1.Simulation"];
                };
            };
            400: components["responses"]["InvalidBody"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["SlowRequest"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    SimulationService_GetSimulation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                simulation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `simulation.v1.Simulation` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    /**
                     * @description The limits in force: how many calls (`q`) in how many seconds (`w`).
                     * @example "per-user";q=120;w=60
                     */
                    "ratelimit-policy"?: string;
                    /**
                     * @description What is left (`r`) and for how many seconds (`t`).
                     * @example "per-user";r=42;t=17
                     */
                    ratelimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["simulation.v1.Simulation"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    SimulationService_WatchSimulation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                simulation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `simulation.v1.Simulation` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    /**
                     * @description The limits in force: how many calls (`q`) in how many seconds (`w`).
                     * @example "per-user";q=120;w=60
                     */
                    "ratelimit-policy"?: string;
                    /**
                     * @description What is left (`r`) and for how many seconds (`t`).
                     * @example "per-user";r=42;t=17
                     */
                    ratelimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["simulation.v1.Simulation"];
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    AuthService_GetUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `auth.v1.User` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    /**
                     * @description Whether the answer came from the cache (RFC 9211).
                     * @example gateway; hit; ttl=280
                     */
                    "cache-status"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["auth.v1.User"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["UnavailableOrUnverified"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
    AuthService_Login_2: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["auth.v1.LoginRequest"];
            };
        };
        responses: {
            /** @description `auth.v1.LoginResponse` */
            200: {
                headers: {
                    /**
                     * @description Names the request in logs and traces.
                     * @example 01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11
                     */
                    "x-request-id"?: string;
                    /**
                     * @description The limits in force: how many calls (`q`) in how many seconds (`w`).
                     * @example "per-ip";q=10;w=60
                     */
                    "ratelimit-policy"?: string;
                    /**
                     * @description What is left (`r`) and for how many seconds (`t`).
                     * @example "per-ip";r=42;t=17
                     */
                    ratelimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["auth.v1.LoginResponse"];
                };
            };
            400: components["responses"]["InvalidBody"];
            408: components["responses"]["SlowRequest"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            501: components["responses"]["NotImplemented"];
            502: components["responses"]["BadUpstream"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TimedOut"];
            default: components["responses"]["ServiceFailure"];
        };
    };
}
