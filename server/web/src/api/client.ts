/** Talks to the server of this page. The session is a cookie that scripts cannot read, so no token is ever kept here. */

/** One fault of a request, as RFC 9457 problems of this server list them. */
export interface Fault {
  code: string;
  message: string;
  /** What would put it right; empty where nothing is known to. */
  remedy: string;
}

/** Every answer that is no success. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly faults: readonly Fault[] = [],
  ) {
    super(detail);
  }

  /** Nobody is signed in, or the token was not accepted. */
  get signedOut(): boolean {
    return this.status === 401;
  }
}

/** No answer at all, or one that broke off: what was asked for may have been done. */
export class Unreachable extends Error {}

/** Reads a problem document; anything else (a proxy's page, say) becomes a problem with the status alone. */
export function readProblem(status: number, body: unknown): ApiProblem {
  if (typeof body !== "object" || body === null) return new ApiProblem(status, "UNKNOWN", `HTTP ${status}`);
  const { code, detail, title, errors } = body as Record<string, unknown>;
  const faults = Array.isArray(errors)
    ? errors.flatMap((fault: unknown) => {
        const { code, message, remedy } = (fault ?? {}) as Record<string, unknown>;
        return typeof message === "string"
          ? [{ code: String(code ?? ""), message, remedy: typeof remedy === "string" ? remedy : "" }]
          : [];
      })
    : [];
  const text = typeof detail === "string" ? detail : typeof title === "string" ? title : `HTTP ${status}`;
  return new ApiProblem(status, typeof code === "string" ? code : "UNKNOWN", text, faults);
}

/** Successes without a body. */
const NO_CONTENT = 204;

/** A fresh key for a request that must not be done twice. Also of pages served over plain HTTP, which have no `randomUUID`. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * `key`: sent again with the same one, the request is done once.
 *
 * @throws ApiProblem or Unreachable
 */
export async function call<T>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown, key?: string): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: {
        Accept: "application/json, application/geo+json, application/problem+json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(key === undefined ? {} : { "Idempotency-Key": key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch (cause) {
    throw new Unreachable(path, { cause });
  }
  if (response.status === NO_CONTENT) return undefined as T;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    // A success that cannot be read is as good as none.
    if (response.ok) throw new Unreachable(path, { cause });
  }
  if (!response.ok) throw readProblem(response.status, parsed);
  return parsed as T;
}
