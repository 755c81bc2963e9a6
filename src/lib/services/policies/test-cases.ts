import {parse} from 'yaml'
import {z} from 'zod'
import {PiError} from '../../errors.js'
import type {Policy} from '../../types/policy.js'
import type {Explained, PolicyService} from './index.js'

const texts = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? [value] : value))

const testCase = z.strictObject({
  name: z.string().optional(),
  request: z.strictObject({
    scope: z.string().default('authentication'),
    action: z.string(),
    user: z.string().optional(),
    realm: z.string().optional(),
    resolver: z.string().optional(),
    adminUser: z.string().optional(),
    adminRealm: z.string().optional(),
    client: z.string().optional(),
    node: z.string().optional(),
    userAgent: z.string().optional(),
    at: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    userInfo: z.record(z.string(), z.string()).optional(),
    tokenInfo: z.record(z.string(), z.string()).optional(),
    token: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])).optional(),
  }),
  expect: z.strictObject({
    values: texts.optional(),
    policies: texts.optional(),
    allowed: z.boolean().optional(),
    error: z.string().optional(),
  }),
})

const testFile = z.strictObject({cases: z.array(testCase).min(1)})

/** How one case ended; `differences` is empty for a case that holds. */
export interface CaseResult {
  name: string
  passed: boolean
  differences: string[]
}

/**
 * Runs the cases of a YAML file: a request each, and what the policies are expected to say.
 * @throws PiError INVALID_INPUT naming the place
 */
export async function runPolicyCases(
  text: string,
  service: PolicyService,
  given?: readonly Policy[],
): Promise<CaseResult[]> {
  const parsed = testFile.safeParse(parse(text, {maxAliasCount: 10}))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new PiError(
      'INVALID_INPUT',
      `The test file is not valid (${issue?.path.join('.') ?? ''}): ${issue?.message ?? ''}.`,
    )
  }
  const results: CaseResult[] = []
  for (const [index, {expect, name, request}] of parsed.data.cases.entries()) {
    const {adminRealm, adminUser, at, headers, token, tokenInfo, user, userInfo, ...rest} = request
    const now = at === undefined ? new Date() : new Date(at)
    if (Number.isNaN(now.getTime())) throw new PiError('INVALID_INPUT', `Case ${index + 1}: '${at}' is no time.`)
    const explained = await service.explain(
      {
        ...rest,
        adminRealm,
        adminUser,
        context: {
          ...(headers && {
            headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value])),
          }),
          ...(userInfo && {userInfo: async () => userInfo}),
          ...((token ?? tokenInfo) && {token: {columns: token ?? {}, info: tokenInfo ?? {}}}),
        },
        login: user,
        now,
      },
      {given},
    )
    const differences = differencesOf(expect, explained)
    results.push({differences, name: name ?? `case ${index + 1}`, passed: differences.length === 0})
  }
  return results
}

function differencesOf(expect: z.infer<typeof testCase>['expect'], explained: Explained): string[] {
  const differences: string[] = []
  const compare = (what: string, wanted: unknown, found: unknown): void => {
    if (wanted === undefined || JSON.stringify(wanted) === JSON.stringify(found)) return
    differences.push(`${what}: expected ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`)
  }
  compare(
    'values',
    expect.values,
    explained.values.map(({value}) => value),
  )
  compare('policies', expect.policies, explained.matching)
  compare('allowed', expect.allowed, explained.allowed)
  compare('error', expect.error, explained.error)
  if (explained.error !== undefined && expect.error === undefined) differences.push(`error: ${explained.error}`)
  return differences
}
