/**
 * Who may call Mastra's functions. Every public function of this folder but
 * `version:current` is defined with the builders here, so this is the one place
 * that decides.
 *
 * Whoever knows a deployment's URL can call its public functions, so a
 * deployment in production sets at least one of these environment variables
 * (`npx convex env set NAME value`). With neither set, everybody passes, unless
 * {@link OPEN_BY_DEFAULT} says otherwise.
 *
 * - `MASTRA_ACCESS_IDENTITIES`: callers with a JWT of one of these identities
 *   pass; a comma-separated list of issuers and of token identifiers
 *   (`issuer|subject`). The deployment's `auth.config.ts` must know the issuer.
 * - `MASTRA_ACCESS_SECRET`: callers that send this text as the argument `secret`
 *   pass. It travels in the body of the request, and no error repeats it.
 *
 * The deployment's admin passes as the identity of {@link ADMIN_ISSUER}, or by
 * calling the internal twin of a function, such as `mastra/storage:handleAsAdmin`.
 */
import {
  type GenericActionCtx,
  type GenericMutationCtx,
  type GenericQueryCtx,
  type RegisteredAction,
  type RegisteredMutation,
  type RegisteredQuery,
  type UserIdentity,
  actionGeneric,
  internalMutationGeneric,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import {
  type GenericValidator,
  type Infer,
  type ObjectType,
  type PropertyValidators,
  v,
} from "convex/values";

import { refusal } from "./errors";
import type { DataModel, Writer } from "./model";
import { isObject } from "./requests";

// The deployment's environment variables, whether or not the project has types of Node.
declare const process: { env: Record<string, string | undefined> };

/** Set it to false to keep everybody out of a deployment that sets neither variable. */
export const OPEN_BY_DEFAULT = true;

/** No token can have this issuer, only an identity that the admin key vouches for. */
const ADMIN_ISSUER = "aioconvex:admin";

const access = { secret: v.optional(v.string()) };

type Open<Args extends PropertyValidators> = ObjectType<Args & typeof access>;

interface Definition<
  Ctx,
  Args extends PropertyValidators,
  Returns extends GenericValidator,
> {
  args: Args;
  returns: Returns;
  handler: (
    ctx: Ctx,
    args: ObjectType<Args>,
  ) => Infer<Returns> | Promise<Infer<Returns>>;
}

/** Defines a public query of Mastra's tables for callers who may read them. */
export function query<
  Args extends PropertyValidators,
  Returns extends GenericValidator,
>(
  definition: Definition<GenericQueryCtx<DataModel>, Args, Returns>,
): RegisteredQuery<"public", Open<Args>, Promise<Infer<Returns>>> {
  return queryGeneric(guarded(definition) as any) as any;
}

/** Defines a public mutation of Mastra's tables for callers who may write them. */
export function mutation<
  Args extends PropertyValidators,
  Returns extends GenericValidator,
>(
  definition: Definition<GenericMutationCtx<DataModel>, Args, Returns>,
): RegisteredMutation<"public", Open<Args>, Promise<Infer<Returns>>> {
  return mutationGeneric(guarded(definition) as any) as any;
}

/** Defines a public action on Mastra's tables for callers who may use them. */
export function action<
  Args extends PropertyValidators,
  Returns extends GenericValidator,
>(
  definition: Definition<GenericActionCtx<DataModel>, Args, Returns>,
): RegisteredAction<"public", Open<Args>, Promise<Infer<Returns>>> {
  return actionGeneric(guarded(definition) as any) as any;
}

/**
 * Defines a handler of `@mastra/convex`, a mutation for callers who may write, and
 * its internal twin for the deployment's admin, whom {@link authorize} does not
 * know. Each operation has fields of its own, which `answer` checks: a validator of
 * all of them would reject newer clients instead of answering "Unsupported".
 */
export function handlers<Returns extends GenericValidator>(
  returns: Returns,
  answer: (db: Writer, request: unknown) => Promise<Infer<Returns>>,
) {
  const open = { args: v.any(), returns };
  return {
    handle: mutationGeneric({
      ...open,
      handler: async (ctx: GenericMutationCtx<DataModel>, request: unknown) => {
        await authorize(ctx, isObject(request) ? request.secret : undefined);
        return answer(ctx.db, request);
      },
    }),
    handleAsAdmin: internalMutationGeneric({
      ...open,
      handler: ({ db }: GenericMutationCtx<DataModel>, request: unknown) =>
        answer(db, request),
    }),
  };
}

function guarded<
  Ctx extends WithAuth,
  Args extends PropertyValidators,
  Returns extends GenericValidator,
>({ args, returns, handler }: Definition<Ctx, Args, Returns>) {
  return {
    args: { ...args, ...access },
    returns,
    handler: async (
      ctx: Ctx,
      { secret, ...rest }: ObjectType<Args> & { secret?: string },
    ) => {
      await authorize(ctx, secret);
      return handler(ctx, rest as unknown as ObjectType<Args>);
    },
  };
}

type WithAuth = { auth: { getUserIdentity(): Promise<UserIdentity | null> } };

/**
 * Lets a caller pass or refuses.
 *
 * @throws ConvexError `AccessDenied`.
 */
async function authorize(ctx: WithAuth, secret: unknown) {
  const expected = process.env.MASTRA_ACCESS_SECRET || undefined;
  const identities = process.env.MASTRA_ACCESS_IDENTITIES || undefined;
  if (expected === undefined && identities === undefined && OPEN_BY_DEFAULT) {
    return;
  }
  if (expected !== undefined && sameText(secret, expected)) return;
  const caller = await ctx.auth.getUserIdentity();
  if (caller !== null && admits(identities, caller)) return;
  throw refusal(
    "AccessDenied",
    "This caller may not use Mastra's functions: send a token of an identity in " +
      "MASTRA_ACCESS_IDENTITIES, or the secret of MASTRA_ACCESS_SECRET.",
  );
}

function admits(identities: string | undefined, caller: UserIdentity): boolean {
  if (caller.issuer === ADMIN_ISSUER) return true;
  const listed = (identities ?? "").split(",").map((entry) => entry.trim());
  return listed.some(
    (entry) => entry === caller.issuer || entry === caller.tokenIdentifier,
  );
}

/** Compares all characters, so that the time taken tells nothing about them. */
function sameText(given: unknown, expected: string): boolean {
  if (typeof given !== "string" || given.length !== expected.length) {
    return false;
  }
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    difference |= given.charCodeAt(i) ^ expected.charCodeAt(i);
  }
  return difference === 0;
}
